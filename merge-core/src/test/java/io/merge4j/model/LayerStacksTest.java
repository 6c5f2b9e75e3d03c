// SPDX-License-Identifier: Apache-2.0
package io.merge4j.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Splitter;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LayerStacksTest {

  /// Tensor names of one layer, as the families' checkpoints have them.
  @ParameterizedTest
  @CsvSource({
    "model.layers.,self_attn.q_proj.weight self_attn.k_proj.weight mlp.up_proj.weight input_layernorm.weight",
    "model.layers.,block_sparse_moe.gate.weight block_sparse_moe.experts.0.w1.weight block_sparse_moe.experts.1.w1.weight input_layernorm.weight",
    "h.,attn.c_attn.weight attn.c_attn.bias mlp.c_fc.weight ln_1.weight",
    "transformer.h.,attn.c_attn.weight attn.c_attn.bias mlp.c_fc.weight ln_1.weight",
    "gpt_neox.layers.,attention.query_key_value.weight attention.dense.weight mlp.dense_h_to_4h.weight input_layernorm.bias",
    "bert.encoder.layer.,attention.self.query.weight attention.self.key.weight output.dense.weight output.LayerNorm.weight",
    "encoder.block.,layer.0.SelfAttention.q.weight layer.0.SelfAttention.k.weight layer.1.DenseReluDense.wi.weight layer.1.layer_norm.weight",
    "language_model.model.layers.,self_attn.q_proj.weight self_attn.k_proj.weight mlp.up_proj.weight input_layernorm.weight",
    "backbone.layers.,mixer.A_log mixer.D mixer.in_proj.weight norm.weight",
  })
  void finds_the_stack_of(String prefix, String rests) {
    LayerStacks stacks = LayerStacks.of(layers(prefix, 3, names(rests)));
    assertThat(stacks.stacks()).hasSize(1);
    LayerStacks.Stack stack = stacks.stacks().getFirst();
    assertThat(stack.prefix()).isEqualTo(prefix);
    assertThat(stack.length()).isEqualTo(3);
    String name = prefix + "2." + names(rests)[1];
    assertThat(stacks.locate(name)).contains(new LayerStacks.Place(stack, 2, names(rests)[1]));
  }

  @Test
  void finds_encoder_decoder_and_vision_stacks_side_by_side() {
    List<TensorSpec> specs =
        new ArrayList<>(layers("model.encoder.layers.", 2, "a", "b", "c", "d"));
    specs.addAll(layers("model.decoder.layers.", 4, "a", "b", "c", "d", "e"));
    assertThat(LayerStacks.of(specs).stacks().stream().map(LayerStacks.Stack::prefix))
        .containsExactly("model.decoder.layers.", "model.encoder.layers.");
  }

  @Test
  void numbered_parts_of_a_projector_or_a_gap_are_no_stack() {
    List<TensorSpec> specs = new ArrayList<>();
    specs.addAll(layers("projector.", 2, "weight", "bias"));
    specs.add(spec("model.layers.0.a"));
    specs.add(spec("model.layers.2.a"));
    specs.add(spec("1"));
    specs.add(spec("."));
    specs.add(spec(""));
    specs.add(spec("x.00.a"));
    specs.add(spec("x.99999999999999999999.a"));
    assertThat(LayerStacks.of(specs).stacks()).isEmpty();
  }

  @Test
  void takes_names_of_a_megabyte() {
    assertThat(LayerStacks.of(List.of(spec("a.".repeat(500_000)))).stacks()).isEmpty();
  }

  private static List<TensorSpec> layers(String prefix, int count, String... rests) {
    List<TensorSpec> specs = new ArrayList<>();
    for (int layer = 0; layer < count; layer++) {
      for (String rest : rests) {
        specs.add(spec(prefix + layer + "." + rest));
      }
    }
    return specs;
  }

  private static String[] names(String rests) {
    return Splitter.on(' ').splitToList(rests).toArray(String[]::new);
  }

  private static TensorSpec spec(String name) {
    return new TensorSpec(name, DType.F32, Shape.of(2));
  }
}
