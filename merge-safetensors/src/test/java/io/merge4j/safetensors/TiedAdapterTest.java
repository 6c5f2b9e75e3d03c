// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.merge4j.MergeException;
import io.merge4j.Merger;
import io.merge4j.Output;
import io.merge4j.method.Passthrough;
import io.merge4j.model.Model;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Adapters that bring tensors in full which are tied in their base; what PEFT 0.21 makes of such
/// files is what is expected.
class TiedAdapterTest {

  private static final int TOKENS = 16;
  private static final String EMBEDDING = "model.embed_tokens.weight";
  private static final String HEAD = "lm_head.weight";
  private static final String WORDS = "bert.embeddings.word_embeddings.weight";
  private static final String BIAS = "cls.predictions.bias";
  private static final String DECODER = "cls.predictions.decoder.";

  @TempDir private Path directory;
  private Path llama;
  private Path bert;

  @BeforeEach
  void writes_a_model_whose_head_is_tied() throws IOException {
    llama =
        TinyModels.seeded(1)
            .without("lm_head.weight")
            .with(matrix(EMBEDDING, 1))
            .config(
                """
                {"architectures": ["LlamaForCausalLM"], "model_type": "llama",
                 "tie_word_embeddings": true}
                """)
            .in(directory.resolve("llama"));
  }

  @BeforeEach
  void writes_a_model_whose_head_is_tied_weight_and_bias() throws IOException {
    bert =
        TinyModels.seeded(1)
            .without("model.embed_tokens.weight")
            .without("lm_head.weight")
            .with(matrix(WORDS, 1))
            .with(vector(BIAS, 2))
            .config("{\"architectures\": [\"BertForMaskedLM\"], \"model_type\": \"bert\"}")
            .in(directory.resolve("bert"));
  }

  @Test
  void a_head_that_is_saved_brings_its_bias_under_both_names() throws IOException {
    Path adapter =
        adapter("cls", vector(BIAS, 3), matrix(DECODER + "weight", 4), vector(DECODER + "bias", 3));
    Path out = merged(bert, adapter);
    assertHolds(out, matrix(WORDS, 1), vector(BIAS, 3));
    assertHolds(out, matrix(DECODER + "weight", 4), vector(DECODER + "bias", 3));
    assertThat(out.resolve("config.json")).content().contains("\"tie_word_embeddings\" : false");
  }

  @Test
  void a_bias_under_both_names_stays_tied_where_the_head_does() throws IOException {
    Path out = merged(bert, adapter("none", vector(BIAS, 3), vector(DECODER + "bias", 3)));
    assertHolds(out, matrix(WORDS, 1), vector(BIAS, 3));
    try (Checkpoint merged = Safetensors.open(out)) {
      assertThat(merged.specs().stream().map(TensorSpec::name))
          .doesNotContain(DECODER + "weight", DECODER + "bias");
    }
    assertThat(out.resolve("config.json")).content().doesNotContain("tie_word_embeddings");
  }

  @Test
  void the_head_of_an_embedding_that_is_saved_stays_that_of_the_base() throws IOException {
    Path out = merged(llama, adapter("embed_tokens", matrix(EMBEDDING, 3)));
    assertHolds(out, matrix(EMBEDDING, 3), matrix(HEAD, 1));
    assertThat(out.resolve("config.json")).content().contains("\"tie_word_embeddings\" : false");
  }

  @Test
  void factors_change_the_head_alone_where_the_embedding_is_saved() throws IOException {
    float[] ones = new float[TOKENS];
    Arrays.fill(ones, 1);
    Path out =
        merged(
            llama,
            adapter(
                "model.embed_tokens",
                matrix(EMBEDDING, 3),
                Tensor.of("lm_head.lora_A.weight", Shape.of(1, 8), 1, 1, 1, 1, 1, 1, 1, 1),
                Tensor.of("lm_head.lora_B.weight", Shape.of(TOKENS, 1), ones)));
    assertHolds(out, matrix(EMBEDDING, 3), matrix(HEAD, 2));
  }

  @Test
  void an_embedding_that_is_saved_as_no_module_brings_its_head() throws IOException {
    Path out = merged(llama, adapter("norm", matrix(EMBEDDING, 3)));
    assertHolds(out, matrix(EMBEDDING, 3));
    try (Checkpoint merged = Safetensors.open(out)) {
      assertThat(merged.find(HEAD)).isEmpty();
    }
  }

  @Test
  void a_head_whose_bias_is_tied_stays_with_its_bias() throws IOException {
    Path out = merged(bert, adapter("embeddings", matrix(WORDS, 3)));
    assertHolds(out, matrix(WORDS, 3), matrix(DECODER + "weight", 1), vector(DECODER + "bias", 2));
  }

  @Test
  void an_embedding_that_encoder_and_decoder_share_stays_tied() throws IOException {
    Tensor embedding = matrix("shared.weight", 1);
    Path base =
        TinyModels.seeded(1)
            .without(EMBEDDING)
            .without(HEAD)
            .with(embedding)
            .config(
                "{\"architectures\": [\"BartForConditionalGeneration\"], \"model_type\": \"bart\"}")
            .in(directory.resolve("bart"));
    Path out = merged(base, adapter("shared", embedding));
    assertThat(out.resolve("config.json")).content().doesNotContain("tie_word_embeddings");
    try (Model model = Model.open(base)) {
      Path adapter = adapter("lm_head", matrix(HEAD, 2));
      assertThatThrownBy(() -> model.withAdapter(adapter))
          .isInstanceOf(MergeException.class)
          .hasMessageContaining("it saves lm_head.weight, but in the base that is tied");
    }
  }

  private static Tensor matrix(String name, float value) {
    float[] values = new float[TOKENS * TinyModels.HIDDEN];
    Arrays.fill(values, value);
    return Tensor.of(name, Shape.of(TOKENS, TinyModels.HIDDEN), values);
  }

  private static Tensor vector(String name, float value) {
    float[] values = new float[TOKENS];
    Arrays.fill(values, value);
    return Tensor.of(name, Shape.of(TOKENS), values);
  }

  /// An adapter with these tensors of the base in full.
  private Path adapter(String saved, Tensor... tensors) throws IOException {
    Path adapter = Files.createDirectories(directory.resolve(saved));
    Files.writeString(
        adapter.resolve("adapter_config.json"),
        "{\"peft_type\": \"LORA\", \"r\": 1, \"lora_alpha\": 1, \"modules_to_save\": [\"%s\"]}"
            .formatted(saved));
    List<Tensor> named =
        Arrays.stream(tensors)
            .map(tensor ->
                Tensor.of(
                    "base_model.model." + tensor.spec().name(),
                    tensor.spec().shape(),
                    TinyModels.values(tensor)))
            .toList();
    Safetensors.write(adapter.resolve("adapter_model.safetensors"), named);
    return adapter;
  }

  private Path merged(Path base, Path adapter) {
    Path out = directory.resolve("out");
    Merger.using(new Passthrough(), base + "+" + adapter).writeTo(out, Output.DEFAULT.sync(false));
    return out;
  }

  private static void assertHolds(Path directory, Tensor... expected) {
    try (Model model = Model.open(directory)) {
      for (Tensor tensor : expected) {
        String name = tensor.spec().name();
        assertThat(TinyModels.values(model.checkpoint().find(name).orElseThrow()))
            .as(name)
            .isEqualTo(TinyModels.values(tensor));
      }
    }
  }
}
