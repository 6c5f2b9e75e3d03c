// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.merge4j.MergeException;
import io.merge4j.Merger;
import io.merge4j.Output;
import io.merge4j.Verification;
import io.merge4j.lora.Extraction;
import io.merge4j.model.Model;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Models are verified after a merge, and after something went wrong with them.
class VerifyTest {

  private static final Output QUICK = Output.DEFAULT.sync(false).threads(2);
  private static final String UP = "model.layers.1.mlp.up_proj.weight";
  private static final String EMBEDDING = "model.embed_tokens.weight";

  @TempDir private Path directory;
  private Path out;

  @BeforeEach
  void merge() {
    Path a = TinyModels.seeded(1).in(directory.resolve("a"));
    Path b = TinyModels.seeded(2).in(directory.resolve("b"));
    out = directory.resolve("out");
    Merger.slerp(a, b).t(0.5).writeTo(out, QUICK.shardSize(1000));
  }

  private Verification verify(TinyModels model) {
    return Verification.of(model.in(directory.resolve("model")));
  }

  @Test
  void a_merge_is_sound_and_every_checksum_is_compared() {
    Verification found = Verification.of(out);
    assertThat(found.problems()).isEmpty();
    assertThat(found.remarks()).isEmpty();
    assertThat(found.isSound()).isTrue();
    assertThat(found.checksums()).isEqualTo(found.tensors()).isEqualTo(11);
  }

  @Test
  void checksums_are_those_of_the_bytes_whatever_the_number_of_threads_and_stretches()
      throws IOException {
    float[] large = new float[600_000];
    for (int i = 0; i < large.length; i++) {
      large[i] = i * 0.37f;
    }
    Path a =
        TinyModels.seeded(1)
            .with(Tensor.of("large", Shape.of(600, 1000), large))
            .in(directory.resolve("l"));
    Path copy = directory.resolve("copy");
    Merger.linear().model(a).weight(1).writeTo(copy, QUICK);
    assertThat(Verification.of(copy).problems()).isEmpty();
    Path one = directory.resolve("one");
    Merger.linear().model(a).weight(0.5).model(a).weight(0.5).writeTo(one, QUICK.threads(1));
    assertThat(one.resolve("merge4j.checksums.json"))
        .hasSameTextualContentAs(copy.resolve("merge4j.checksums.json"));
  }

  @Test
  void a_flipped_bit_is_found() throws IOException {
    Path shard = out.resolve("model-00001-of-00003.safetensors");
    Path last = Files.exists(shard) ? shard : first(out);
    flip(last);
    assertThat(Verification.of(out).problems())
        .singleElement()
        .asString()
        .contains("changed since it was written");
  }

  @Test
  void adapters_merged_or_extracted_have_checksums_too() throws IOException {
    Path extracted = directory.resolve("extracted");
    try (Model tuned = Model.open(directory.resolve("a"));
        Model base = Model.open(directory.resolve("b"))) {
      Extraction.of(tuned, base).rank(2).writeTo(extracted);
    }
    Path merged = directory.resolve("merged");
    Merger.taskArithmetic()
        .base(directory.resolve("b"))
        .model(extracted)
        .weight(0.5)
        .writeTo(merged, QUICK);
    for (Path adapter : List.of(extracted, merged)) {
      Verification found = Verification.of(adapter);
      assertThat(found.problems()).isEmpty();
      assertThat(found.checksums()).isEqualTo(found.tensors()).isGreaterThan(11);
      flip(adapter.resolve("adapter_model.safetensors"));
      assertThat(Verification.of(adapter).problems())
          .singleElement()
          .asString()
          .contains("changed since it was written");
    }
  }

  /// Changes a bit of the last tensor.
  private static void flip(Path path) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.seek(file.length() - 4);
      int value = file.read();
      file.seek(file.length() - 4);
      file.write(value ^ 1);
    }
  }

  private static Path first(Path directory) throws IOException {
    try (var files = Files.list(directory)) {
      return files
          .filter(file -> file.toString().endsWith(".safetensors"))
          .sorted()
          .findFirst()
          .orElseThrow();
    }
  }

  @Test
  void a_truncated_file_and_a_missing_shard_are_problems() throws IOException {
    Path shard = first(out);
    try (RandomAccessFile file = new RandomAccessFile(shard.toFile(), "rw")) {
      file.setLength(file.length() - 1);
    }
    assertThat(Verification.of(out).problems())
        .singleElement()
        .asString()
        .contains(shard.getFileName().toString());
    Files.delete(shard);
    assertThat(Verification.of(out).problems())
        .singleElement()
        .asString()
        .contains(shard.getFileName().toString());
  }

  @Test
  void not_a_number_infinity_and_matrices_of_one_value_are_problems() {
    Verification found =
        verify(
            TinyModels.seeded(1)
                .poke(UP, 3, Float.NaN)
                .poke(UP, 4, Float.NEGATIVE_INFINITY)
                .poke(UP, 5, Float.NaN)
                .with(Tensor.of("lm_head.weight", Shape.of(16, 8), new float[128]))
                .with(Tensor.of("model.norm.weight", Shape.of(8), 1, 1, 1, 1, 1, 1, 1, 1)));
    assertThat(found.problems())
        .containsExactlyInAnyOrder(
            UP + ": 2 of 256 elements are NaN, 1 infinite",
            "lm_head.weight: all 128 elements are 0");
    assertThat(found.remarks())
        .anySatisfy(remark -> assertThat(remark).contains("model.norm.weight"))
        .anySatisfy(remark -> assertThat(remark).contains("no checksums"));
  }

  @Test
  void a_configuration_that_does_not_fit_is_a_problem() {
    Verification found =
        verify(
            TinyModels.seeded(1)
                .config(
                    """
                    {"model_type": "llama", "num_hidden_layers": 3, "vocab_size": 17,
                     "hidden_size": 9, "num_attention_heads": 3, "head_dim": 4,
                     "num_key_value_heads": 1, "intermediate_size": 31, "torch_dtype": "bfloat16", "tie_word_embeddings": true}
                    """));
    assertThat(found.problems())
        .anySatisfy(p -> assertThat(p).contains("model.layers.").contains("2").contains("3"))
        .anySatisfy(p -> assertThat(p).startsWith(EMBEDDING + ": 16 tokens").contains("17"))
        .anySatisfy(p -> assertThat(p).startsWith(EMBEDDING + ": 8 columns").contains("9"))
        .anySatisfy(p -> assertThat(p).startsWith("lm_head.weight: 16 tokens").contains("17"))
        .anySatisfy(p -> assertThat(p).contains("BF16").contains("F32"))
        .anySatisfy(p -> assertThat(p).startsWith("lm_head.weight differs from " + EMBEDDING))
        .contains(
            "model.layers.0.self_attn.q_proj.weight: shape [8, 8], expected [12, 9]: num_attention_heads x head_dim by hidden_size in config.json; so in 2 of 2 layers",
            "model.layers.0.self_attn.v_proj.weight: shape [8, 8], expected [4, 9]: num_key_value_heads x head_dim by hidden_size in config.json; so in 2 of 2 layers",
            "model.layers.0.mlp.up_proj.weight: shape [32, 8], expected [31, 9]: intermediate_size by hidden_size in config.json; so in 2 of 2 layers")
        .hasSize(9);
  }

  private static final String SIZES =
      """
      {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "num_hidden_layers": 2,
       "vocab_size": 16, "hidden_size": 8, "intermediate_size": 32, "num_attention_heads": 2,
       "tie_word_embeddings": false, "torch_dtype": "float32"}
      """;

  @Test
  void sizes_that_fit_are_sound_and_a_single_layer_of_another_size_is_remarked_on() {
    assertThat(verify(TinyModels.seeded(1).config(SIZES)).problems()).isEmpty();
    float[] narrow = new float[16 * 8];
    for (int i = 0; i < narrow.length; i++) {
      narrow[i] = i;
    }
    Verification found =
        verify(TinyModels.seeded(1).config(SIZES).with(Tensor.of(UP, Shape.of(16, 8), narrow)));
    assertThat(found.problems()).isEmpty();
    assertThat(found.remarks())
        .contains(
            UP
                + ": shape [16, 8], expected [32, 8]: intermediate_size by hidden_size in config.json; so in 1 of 2 layers");
  }

  private static void assertNoRemarksOnShapes(Verification found) {
    assertThat(found.remarks()).noneMatch(remark -> remark.contains("expected ["));
  }

  @Test
  void layers_of_latent_attention_are_not_measured_by_sizes_that_are_none_of_theirs() {
    String latent = SIZES.replace("\"hidden_size\": 8", "\"hidden_size\": 8, \"kv_lora_rank\": 4");
    Verification found =
        verify(
            TinyModels.seeded(1)
                .config(latent.replace("_heads\": 2", "_heads\": 4, \"head_dim\": 3")));
    assertThat(found.problems()).isEmpty();
    assertNoRemarksOnShapes(found);
  }

  @Test
  void a_head_that_is_neither_there_nor_tied_is_a_problem() {
    TinyModels headless = TinyModels.seeded(1).without("lm_head.weight");
    assertThat(verify(headless.config(SIZES)).problems())
        .containsExactly(
            "lm_head.weight is missing, but config.json says that it is not tied to " + EMBEDDING);
    assertThat(
            verify(headless.config(SIZES.replace("embeddings\": false", "embeddings\": true")))
                .problems())
        .isEmpty();
    assertThat(verify(headless.config(SIZES.replace("ForCausalLM", "Model"))).problems()).isEmpty();
  }

  @Test
  void tensors_missing_or_new_since_the_checksums_were_written_are_problems() throws IOException {
    Path changed =
        TinyModels.seeded(1)
            .without("model.norm.weight")
            .with(Tensor.of("new", Shape.of(2), 1, 2))
            .in(directory.resolve("changed"));
    Path merged = directory.resolve("merged");
    Merger.linear().model(directory.resolve("a")).weight(1).writeTo(merged, QUICK);
    Files.copy(merged.resolve("merge4j.checksums.json"), changed.resolve("merge4j.checksums.json"));
    assertThat(Verification.of(changed).problems())
        .containsExactly(
            "new: not in merge4j.checksums.json",
            "model.norm.weight: missing, but in merge4j.checksums.json");
    Files.writeString(changed.resolve("merge4j.checksums.json"), "{");
    assertThat(Verification.of(changed).problems())
        .singleElement()
        .asString()
        .contains("merge4j.checksums.json");
  }

  @Test
  void adapters_whose_factors_are_zero_are_sound() throws IOException {
    Path adapter = Files.createDirectory(directory.resolve("adapter"));
    String module = "base_model.model.model.layers.0.self_attn.q_proj.";
    Safetensors.write(
        adapter.resolve("adapter_model.safetensors"),
        List.of(
            Tensor.of(module + "lora_A.weight", Shape.of(1, 3), 1, 2, 3),
            Tensor.of(module + "lora_B.weight", Shape.of(3, 1), 0, 0, 0),
            Tensor.of("base_model.model.wte.lora_embedding_A", Shape.of(1, 3), 0, 0, 0),
            Tensor.of("base_model.model.wte.lora_embedding_B", Shape.of(3, 1), 1, 2, 3)));
    Verification found = Verification.of(adapter);
    assertThat(found.tensors()).isEqualTo(4);
    assertThat(found.problems()).isEmpty();
    assertThat(found.remarks())
        .anySatisfy(remark -> assertThat(remark).startsWith("2 factors of the adapter"));
  }

  @Test
  void nothing_there_is_an_error() {
    assertThatThrownBy(() -> Verification.of(directory.resolve("none")))
        .isInstanceOf(MergeException.class)
        .hasMessageContaining("none");
  }
}
