// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.merge4j.Merge;
import io.merge4j.Merger;
import io.merge4j.Output;
import io.merge4j.RecipeException;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// Layers of models that differ in what lies outside of them, or in their shapes.
class StackedModelsTest extends TwoModelsFixture {

  private static final Output QUICK = Output.DEFAULT.sync(false);
  private static final String HEAD = "lm_head.weight";
  private static final String EMBEDDING = "model.embed_tokens.weight";

  private Path tied() {
    return TinyModels.seeded(3)
        .without(HEAD)
        .config(
            """
            {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "num_hidden_layers": 2,
             "vocab_size": 16, "tie_word_embeddings": true}
            """)
        .in(directory.resolve("tied"));
  }

  @Test
  void an_own_head_and_a_tied_one_make_an_own_head() throws IOException {
    Path tied = tied();
    Merger.stack().layers(a, 0, 2).layers(tied, 0, 2).writeTo(out, QUICK);
    assertThat(TinyModels.values(out, HEAD)).isEqualTo(TinyModels.values(tied, EMBEDDING));
    assertThat(TinyModels.values(out, EMBEDDING)).isEqualTo(TinyModels.values(a, EMBEDDING));
  }

  @Test
  void tied_heads_stay_tied() {
    Path tied = tied();
    Merge merge = Merger.stack().layers(tied, 0, 2).layers(tied, 1, 2);
    assertThat(merge.plan().weights()).noneMatch(weight -> weight.output().name().equals(HEAD));
  }

  @Test
  void a_tied_head_that_is_stored_all_the_same_is_no_own_one() {
    Path stored =
        TinyModels.seeded(8)
            .config("{\"num_hidden_layers\": 2, \"vocab_size\": 16, \"tie_word_embeddings\": true}")
            .in(directory.resolve("stored"));
    Merge merge = Merger.stack().layers(stored, 0, 2).layers(tied(), 0, 2);
    assertThat(merge.plan().weights()).noneMatch(weight -> weight.output().name().equals(HEAD));
  }

  @Test
  void layers_of_other_shapes_are_refused() {
    TinyModels wide = TinyModels.seeded(4);
    for (int layer = 0; layer < 2; layer++) {
      String norm = "model.layers." + layer + ".input_layernorm.weight";
      wide.with(Tensor.of(norm, Shape.of(9), new float[9]));
    }
    Merge merge = Merger.stack().layers(a, 0, 2).layers(wide.in(directory.resolve("w")), 0, 2);
    assertThat(catchThrowableOfType(RecipeException.class, merge::plan))
        .hasMessageContaining("have input_layernorm.weight of shape [9]")
        .hasMessageContaining("of [8]; stack layers of one shape");
  }

  @Test
  void embeddings_and_heads_of_other_sizes_are_refused() {
    Path larger =
        TinyModels.seeded(5)
            .with(Tensor.of(HEAD, Shape.of(18, 8), new float[18 * 8]))
            .with(Tensor.of(EMBEDDING, Shape.of(18, 8), new float[18 * 8]))
            .in(directory.resolve("larger"));
    Merge merge = Merger.stack().layers(a, 0, 2).layers(larger, 0, 2);
    assertThat(catchThrowableOfType(RecipeException.class, merge::plan))
        .hasMessageContaining("16 rows")
        .hasMessageContaining("18 rows")
        .hasMessageContaining("tokenizer_source");
  }

  @Test
  void an_embedding_without_a_head_may_have_any_size() {
    Path larger =
        TinyModels.seeded(9)
            .without(HEAD)
            .with(Tensor.of(EMBEDDING, Shape.of(18, 8), new float[18 * 8]))
            .config("{\"num_hidden_layers\": 2, \"tie_word_embeddings\": true}")
            .in(directory.resolve("larger"));
    Merge merge = Merger.stack().layers(tied(), 0, 2).layers(larger, 0, 2);
    assertThat(merge.plan().weights())
        .filteredOn(weight -> weight.output().name().equals(EMBEDDING))
        .singleElement()
        .satisfies(weight -> assertThat(weight.output().shape()).isEqualTo(Shape.of(16, 8)));
  }

  @Test
  void quantised_weights_are_copied_as_they_are_or_not_at_all() {
    Path quantised =
        TinyModels.seeded(6)
            .config("{\"num_hidden_layers\": 2, \"quantization_config\": {\"bits\": 8}}")
            .in(directory.resolve("q"));
    Merge merge = Merger.stack().layers(quantised, 0, 2).layers(quantised, 1, 2);
    assertThat(merge.plan().weights()).isNotEmpty();
    Output other = QUICK.dtype(DType.BF16);
    assertThat(catchThrowableOfType(RecipeException.class, () -> merge.plan(other)))
        .hasMessageContaining("is quantised");
  }
}
