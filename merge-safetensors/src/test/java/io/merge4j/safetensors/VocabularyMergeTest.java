// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.merge4j.Merge;
import io.merge4j.MergeReport;
import io.merge4j.Merger;
import io.merge4j.Output;
import io.merge4j.RecipeException;
import io.merge4j.TokenSource;
import io.merge4j.TokenizerChoice;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import io.merge4j.vocabulary.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What the rows of models whose vocabularies differ become.
class VocabularyMergeTest extends VocabularyMerges {

  @Test
  void a_union_has_the_rows_of_both_by_token() throws IOException {
    MergeReport report = run(average(TokenizerChoice.union()));
    assertThat(Tokenizer.read("out", directory.resolve("out")).orElseThrow().vocabulary().inOrder())
        .containsExactly(
            "t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8", "t9", "ta", "tb", "u");
    double[] expected = new double[13];
    Arrays.setAll(expected, row -> 100 * row);
    expected[0] = (0 + 101) / 2.0;
    expected[1] = (100 + 1) / 2.0;
    expected[12] = 201;
    assertThat(rows("model.embed_tokens.weight")).containsExactly(expected);
    assertThat(rows("lm_head.weight")).containsExactly(expected);
    assertThat(json("config.json").path("vocab_size").intValue()).isEqualTo(13);
    assertThat(report.plan().remarks())
        .contains("The vocabulary has 13 tokens, 1 more than that of %s".formatted(a));
  }

  @Test
  void an_added_token_that_may_now_be_found_elsewhere_is_remarked_upon() {
    write(
        a,
        "tokenizer.json",
        """
        {"added_tokens": [{"id": 2, "content": "<m>", "special": true}],
         "model": {"type": "WordLevel", "vocab": {"t0": 0, "t1": 1}}}
        """);
    assertThat(average(TokenizerChoice.union()).plan().remarks())
        .anyMatch(remark -> remark.startsWith("1 added tokens of %s (e.g. \"<m>\")".formatted(a)));
  }

  @Test
  void tokens_beyond_a_matrix_count_as_absent() throws IOException {
    tokenizer(a, "t0", "t1", "w");
    MergeReport report = run(average(TokenizerChoice.union()));
    assertThat(report.plan().remarks())
        .contains(
            "Model %s: 1 tokens (e.g. \"w\") lie beyond the 3 rows of its embedding and count as absent"
                .formatted(b));
    assertThat(rows("model.embed_tokens.weight")).containsExactly(50.5, 50.5, 200, 201);
  }

  @Test
  void rows_that_no_model_has_are_zeros_and_reported() throws IOException {
    MergeReport report = run(average(TokenizerChoice.of(b)));
    assertThat(rows("model.embed_tokens.weight")).containsExactly(50.5, 50.5, 201, 0, 0);
    assertThat(report.plan().remarks())
        .contains("2 tokens (e.g. \"v\") have a row in no model and get zeros");
  }

  @Test
  void rules_for_tokens_hold_where_they_lack_or_everywhere() throws IOException {
    Path c = model("c", 2, 4, "x", "t2", "y", "z");
    run(
        average(
            TokenizerChoice.base()
                .force("t0", TokenSource.zero())
                .token("t2", TokenSource.of(c.toString()))
                .force("t3", TokenSource.of(c.toString(), "z"))
                .force("t4", TokenSource.of(c.toString(), 0))));
    assertThat(Arrays.copyOf(rows("lm_head.weight"), 6))
        .containsExactly(0, (100 + 1) / 2.0, (200 + 102) / 2.0, 302, 2, 500);
  }

  @Test
  void padding_is_kept_or_rounded_up_and_the_mean_of_each_models_rows() throws IOException {
    run(average(TokenizerChoice.base().keepPadding(true)));
    double[] kept = rows("lm_head.weight");
    assertThat(kept).hasSize(16);
    double mean = 50.5 * 2 + 100 * (2 + 3 + 4 + 5 + 6 + 7 + 8 + 9 + 10 + 11);
    for (int row = 12; row < 16; row++) {
      assertThat(kept[row])
          .isEqualTo((float) (mean / 12), org.assertj.core.api.Assertions.within(1e-4));
    }
    run(average(TokenizerChoice.base().padToMultipleOf(5)));
    assertThat(rows("lm_head.weight")).hasSize(15);
    run(average(TokenizerChoice.base().keepPadding(true).padToMultipleOf(24)));
    assertThat(rows("lm_head.weight")).hasSize(24);
    assertThat(json("config.json").path("vocab_size").intValue()).isEqualTo(24);
  }

  @Test
  void a_tied_head_gives_rows_to_another_models_own() throws IOException {
    tiny(1, 3)
        .without("lm_head.weight")
        .config("{\"model_type\": \"llama\", \"vocab_size\": 3, \"tie_word_embeddings\": true}")
        .in(directory.resolve("b"));
    run(average(TokenizerChoice.union()));
    assertThat(rows("lm_head.weight")[0]).isEqualTo(50.5);
    assertThat(rows("lm_head.weight")[12]).isEqualTo(201);
  }

  @Test
  void every_tensor_with_a_row_per_token_takes_part_in_any_layout() throws IOException {
    for (Path model : List.of(a, b)) {
      boolean first = model.equals(a);
      int rows = first ? ROWS : 3;
      float[] bias = new float[rows];
      float[] transposed = new float[TinyModels.HIDDEN * rows];
      for (int i = 0; i < rows; i++) {
        bias[i] = 100 * i + (first ? 0 : 1);
        for (int j = 0; j < TinyModels.HIDDEN; j++) {
          transposed[j * rows + i] = bias[i] + 10 * j;
        }
      }
      tiny(first ? 0 : 1, rows)
          .with(Tensor.of("final_logits_bias", Shape.of(1, rows), bias))
          .with(Tensor.of("lm_head.bias", Shape.of(rows), bias))
          .with(Tensor.of("draft.unembed", Shape.of(TinyModels.HIDDEN, rows), transposed))
          .in(model);
    }
    run(average(TokenizerChoice.union()));
    Path out = directory.resolve("out");
    float[] bias = TinyModels.values(out, "lm_head.bias");
    assertThat(bias).hasSize(13).startsWith(50.5f, 50.5f, 200f).endsWith(1100f, 201f);
    assertThat(TinyModels.values(out, "final_logits_bias")).containsExactly(bias);
    float[] transposed = TinyModels.values(out, "draft.unembed");
    for (int i = 0; i < 13; i++) {
      for (int j = 0; j < TinyModels.HIDDEN; j++) {
        assertThat(transposed[j * 13 + i]).isEqualTo(bias[i] + 10 * j);
      }
    }
  }

  @Test
  void a_head_with_fewer_rows_than_the_embedding_is_refused() {
    tiny(1, 3).with(numbered("lm_head.weight", 2, 1)).in(b);
    assertThatThrownBy(() -> average(TokenizerChoice.union()).plan())
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("2 rows, expected at least the 3 of its embedding");
  }

  @Test
  void copied_tensors_get_the_vocabulary_too() throws IOException {
    Merge stack = Merger.stack().layers(b, 0, 1).layers(a, 1, 2).tokenizer(TokenizerChoice.of(a));
    stack.writeTo(directory.resolve("out"), Output.DEFAULT.sync(false));
    double[] embedding = rows("model.embed_tokens.weight");
    assertThat(Arrays.copyOf(embedding, 4)).containsExactly(101, 1, 200, 300);
    double[] head = rows("lm_head.weight");
    assertThat(Arrays.copyOf(head, 4)).containsExactly(0, 100, 200, 300);
  }

  @Test
  void rows_of_16_bits_are_merged_as_such() throws IOException {
    average(TokenizerChoice.union().padToMultipleOf(16))
        .writeTo(directory.resolve("out"), Output.DEFAULT.sync(false).dtype(DType.BF16));
    assertThat(rows("lm_head.weight")).startsWith(50.5, 50.5, 200);
  }

  @Test
  void everything_wrong_is_found_while_planning() throws IOException {
    RecipeException refused =
        catchThrowableOfType(
            RecipeException.class,
            () ->
                average(
                        TokenizerChoice.base()
                            .token("t99", TokenSource.zero())
                            .token("t1", TokenSource.of(b.toString(), "nothing"))
                            .token("t2", TokenSource.of(b.toString(), 3))
                            .chatTemplate("chatlm"))
                    .plan());
    assertThat(refused).isNotNull();
    assertThat(refused.problems())
        .anyMatch(
            problem -> problem.contains("no token \"t99\"") && problem.contains("did you mean"))
        .anyMatch(
            problem -> problem.contains("tokens.t1: model " + b + " has no token \"nothing\""))
        .anyMatch(problem -> problem.contains("tokens.t2: row 3 of model " + b))
        .anyMatch(problem -> problem.contains("did you mean \"chatml\"?"));
    Files.delete(b.resolve("tokenizer.json"));
    assertThatThrownBy(() -> average(TokenizerChoice.union()).plan())
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("Model " + b + " has no tokenizer");
  }

  @Test
  void models_that_only_give_rows_are_inputs_that_must_not_be_overwritten() {
    Path c = model("c", 2, 4, "t2");
    Merge merge = average(TokenizerChoice.base().force("t2", TokenSource.of(c.toString())));
    assertThatThrownBy(() -> merge.writeTo(c, Output.DEFAULT.overwrite(true)))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("directory of an input");
  }

  @Test
  void a_tokenizer_needs_no_weights_to_be_the_source() throws IOException {
    Path bare = Files.createDirectories(directory.resolve("bare"));
    tokenizer(bare, "t1", "t0");
    run(average(TokenizerChoice.of(bare)));
    assertThat(rows("model.embed_tokens.weight")).containsExactly(50.5, 50.5);
  }
}
