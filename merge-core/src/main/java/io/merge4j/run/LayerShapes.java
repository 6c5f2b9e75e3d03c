// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.LinkedHashMultimap;
import com.google.common.collect.SetMultimap;
import io.merge4j.model.Model;
import io.merge4j.model.ModelConfig;
import io.merge4j.tensor.TensorSpec;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Compares the projections of attention and MLP, where they are called as in Llama, with the sizes
/// in `config.json`.
///
/// Only matrices of the text layers themselves are looked at, neither experts nor other towers.
/// Where all layers differ from the configuration, that is a problem; where some do, it is remarked
/// on, since there are models whose layers differ by rules of their own.
final class LayerShapes {

  private static final Pattern PROJECTION =
      Pattern.compile(
          "(?:model\\.|language_model\\.model\\.|model\\.language_model\\.)?layers\\.\\d+\\."
              + "((?:self_attn\\.[qkvo]|mlp\\.(?:gate|up|down))_proj)\\.weight");

  /// Keys of models whose projections have other sizes: latent attention, layers of several widths.
  private static final ImmutableSet<String> OTHERWISE =
      ImmutableSet.of(
          "kv_lora_rank",
          "q_lora_rank",
          "intermediate_size_mlp",
          "global_head_dim",
          "num_global_key_value_heads",
          "block_configs");

  /// A size that follows from the configuration.
  ///
  /// @param gated whether twice as much fits, too: queries beside a gate of their own
  private record Size(String words, long value, boolean gated) {

    boolean fits(long found) {
      return found == value || (gated && found == 2 * value);
    }
  }

  private record Expected(Size rows, Size columns) {

    boolean fits(TensorSpec spec) {
      return rows.fits(spec.shape().size(0)) && columns.fits(spec.shape().size(1));
    }
  }

  private LayerShapes() {}

  /// @param problems takes what fits in no layer
  /// @param remarks takes what does not fit in some
  static void check(Model model, List<String> problems, List<String> remarks) {
    ImmutableMap<String, Expected> expected = expected(model.config());
    SetMultimap<String, TensorSpec> all = LinkedHashMultimap.create();
    for (TensorSpec spec : model.checkpoint().specs()) {
      Matcher name = PROJECTION.matcher(spec.name());
      if (name.matches() && spec.shape().rank() == 2 && expected.containsKey(name.group(1))) {
        all.put(name.group(1), spec);
      }
    }
    expected.forEach((projection, wanted) -> {
      Set<TensorSpec> specs = all.get(projection);
      List<TensorSpec> odd = specs.stream().filter(spec -> !wanted.fits(spec)).toList();
      if (!odd.isEmpty()) {
        (odd.size() == specs.size() ? problems : remarks).add(text(odd, specs.size(), wanted));
      }
    });
  }

  private static String text(List<TensorSpec> odd, int of, Expected wanted) {
    TensorSpec first = odd.getFirst();
    return "%s: shape %s, expected [%d, %d]: %s by %s in config.json; so in %d of %d layers"
        .formatted(
            first.name(),
            first.shape(),
            wanted.rows.value,
            wanted.columns.value,
            wanted.rows.words,
            wanted.columns.words,
            odd.size(),
            of);
  }

  /// By projection; nothing where the configuration leaves a size open.
  private static ImmutableMap<String, Expected> expected(ModelConfig config) {
    ImmutableMap.Builder<String, Expected> expected = ImmutableMap.builder();
    OptionalLong hidden = config.number("hidden_size");
    OptionalLong heads = config.number("num_attention_heads");
    OptionalLong inner = config.number("intermediate_size");
    if (hidden.isEmpty() || config.hasAny(OTHERWISE)) {
      return ImmutableMap.of();
    }
    Size width = new Size("hidden_size", hidden.getAsLong(), false);
    if (inner.isPresent()) {
      Size wide = new Size("intermediate_size", inner.getAsLong(), false);
      expected.put("mlp.gate_proj", new Expected(wide, width));
      expected.put("mlp.up_proj", new Expected(wide, width));
      expected.put("mlp.down_proj", new Expected(width, wide));
    }
    if (heads.isPresent() && heads.getAsLong() > 0) {
      long query = heads.getAsLong();
      long size = config.number("head_dim").orElse(hidden.getAsLong() / query);
      long key = config.number("num_key_value_heads").orElse(query);
      Size queries = new Size("num_attention_heads x head_dim", query * size, true);
      Size keys = new Size("num_key_value_heads x head_dim", key * size, false);
      Size outputs = new Size("num_attention_heads x head_dim", query * size, false);
      expected.put("self_attn.q_proj", new Expected(queries, width));
      expected.put("self_attn.k_proj", new Expected(keys, width));
      expected.put("self_attn.v_proj", new Expected(keys, width));
      expected.put("self_attn.o_proj", new Expected(width, outputs));
    }
    return expected.buildOrThrow();
  }
}
