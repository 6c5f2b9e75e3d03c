// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.merge4j.MergeException;
import io.merge4j.RecipeException;
import io.merge4j.lora.AdapterTensor;
import io.merge4j.lora.AdapterTensor.How;
import io.merge4j.lora.Extraction;
import io.merge4j.model.Model;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExtractionTest {

  private static final Path MODELS = Path.of("src/test/resources/golden/models");
  private static final Path ADAPTERS = Path.of("src/test/resources/adapters");

  @TempDir private Path directory;

  @ParameterizedTest
  @CsvSource({"4, F32", "4, BF16", "16, F32", "64, F32"})
  void base_and_adapter_leave_what_is_reported(int rank, DType dtype) throws IOException {
    Path out = directory.resolve("adapter");
    try (Model tuned = Model.open(MODELS.resolve("llama-a"));
        Model base = Model.open(MODELS.resolve("llama-base"))) {
      List<AdapterTensor> report = Extraction.of(tuned, base).rank(rank).dtype(dtype).writeTo(out);
      assertThat(report).hasSameSizeAs(tuned.checkpoint().specs());
      try (Model adapted = base.withAdapter(out)) {
        for (AdapterTensor tensor : report) {
          double left = distance(tuned, adapted, tensor.name());
          double rounding = dtype == DType.F32 ? 1e-5 : 1e-2;
          assertThat(left)
              .as(tensor.toString())
              .isCloseTo(tensor.residual(), within(rounding * (1 + tensor.change())));
          assertThat(tensor.residual()).isLessThanOrEqualTo(tensor.change() * 1.001);
          assertThat(tensor.how()).isEqualTo(tensor.shape().rank() == 2 ? How.LOW_RANK : How.SAVED);
          if (rank == 64) {
            assertThat(tensor.energy()).isCloseTo(1, within(1e-9));
          }
        }
      }
    }
    assertThat(out.resolve("adapter_config.json")).exists();
    assertThat(out).isDirectoryNotContaining("glob:**/factors");
  }

  @Test
  void finds_the_adapter_that_was_applied() {
    Path out = directory.resolve("adapter");
    try (Model base = Model.open(MODELS.resolve("llama-base"));
        Model tuned = base.withAdapter(MODELS.resolve("lora-plain"))) {
      List<AdapterTensor> report = Extraction.of(tuned, base).energy(0.999999).writeTo(out);
      for (AdapterTensor tensor : report) {
        boolean target = tensor.name().matches(".*(q|v|o)_proj.weight");
        assertThat(tensor.how()).isEqualTo(target ? How.LOW_RANK : How.UNCHANGED);
        assertThat(tensor.rank()).isEqualTo(target ? 4 : 0);
      }
      try (Model again = base.withAdapter(out)) {
        report.forEach(
            tensor -> assertThat(distance(tuned, again, tensor.name())).isLessThan(1e-5));
      }
    }
  }

  @Test
  void rank_and_energy_hold_together_in_either_order() {
    try (Model base = Model.open(MODELS.resolve("llama-base"));
        Model tuned = base.withAdapter(MODELS.resolve("lora-plain"))) {
      Extraction asked = Extraction.of(tuned, base);
      assertThat(asked.rank(2).energy(0.999999)).isEqualTo(asked.energy(0.999999).rank(2));
      assertThat(asked.rank(2).energy(0.999999).writeTo(directory.resolve("adapter")))
          .filteredOn(tensor -> tensor.how() == How.LOW_RANK)
          .isNotEmpty()
          .allSatisfy(tensor -> assertThat(tensor.rank()).isEqualTo(2));
    }
  }

  @Test
  void saves_a_grown_vocabulary_whole() {
    Path out = directory.resolve("adapter");
    try (Model base = Model.open(ADAPTERS.resolve("llama"));
        Model tuned = base.withAdapter(ADAPTERS.resolve("llama-grown"))) {
      List<AdapterTensor> report = Extraction.of(tuned, base).rank(8).writeTo(out);
      assertThat(report)
          .filteredOn(tensor -> tensor.name().equals("model.embed_tokens.weight"))
          .singleElement()
          .satisfies(tensor -> assertThat(tensor.how()).isEqualTo(How.SAVED));
      try (Model again = base.withAdapter(out)) {
        assertThat(distance(tuned, again, "model.embed_tokens.weight")).isZero();
      }
    }
  }

  @Test
  void saves_modules_whole_and_biases_beside_their_factors() throws IOException {
    Path out = directory.resolve("adapter");
    try (Model base = Model.open(ADAPTERS.resolve("gpt2"));
        Model tuned = base.withAdapter(ADAPTERS.resolve("gpt2-bias"))) {
      List<AdapterTensor> report = Extraction.of(tuned, base).rank(3).writeTo(out);
      try (Model again = base.withAdapter(out);
          Checkpoint adapter = Safetensors.open(out)) {
        report.forEach(
            tensor -> assertThat(distance(tuned, again, tensor.name())).isLessThan(1e-5));
        String layer = "base_model.model.transformer.h.0.";
        assertThat(adapter.specs().stream().map(TensorSpec::name))
            .contains(layer + "ln_1.weight", layer + "ln_1.bias")
            .contains(layer + "attn.c_attn.base_layer.bias")
            .doesNotContain(layer + "attn.c_attn.bias");
      }
    }
  }

  @Test
  void saves_a_head_that_is_tied_to_a_saved_embedding() throws IOException {
    String config =
        """
        {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "num_hidden_layers": 2,
         "tie_word_embeddings": true}
        """;
    Path before =
        TinyModels.seeded(1).without("lm_head.weight").config(config).in(directory.resolve("a"));
    Path after =
        TinyModels.seeded(2).without("lm_head.weight").config(config).in(directory.resolve("b"));
    Path out = directory.resolve("adapter");
    try (Model base = Model.open(before);
        Model tuned = Model.open(after)) {
      Extraction.of(tuned, base).embeddings(How.SAVED).writeTo(out);
      String embedding = "model.embed_tokens.weight";
      float[] expected = TinyModels.values(tuned.checkpoint().find(embedding).orElseThrow());
      try (Model again = base.withAdapter(out)) {
        for (String name : List.of(embedding, "lm_head.weight")) {
          assertThat(TinyModels.values(again.checkpoint().find(name).orElseThrow()))
              .isEqualTo(expected);
        }
      }
    }
    assertThat(out.resolve("adapter_config.json"))
        .content()
        .contains("\"model.embed_tokens\"", "\"lm_head\"");
  }

  @Test
  void names_no_module_to_save_that_holds_others() throws IOException {
    String mlp = "model.layers.1.mlp.";
    String bias = "model.layers.1.relative_attention_bias.weight";
    Path[] models = new Path[2];
    for (int i = 0; i < 2; i++) {
      models[i] =
          TinyModels.seeded(i)
              .with(Tensor.of(mlp + "bias", Shape.of(2), i, 2))
              .with(Tensor.of(mlp + "scale", Shape.of(2), i, 3))
              .with(Tensor.of(bias, Shape.of(2, 2), i, 4, 5, 6))
              .in(directory.resolve("model-" + i));
    }
    Path out = directory.resolve("adapter");
    try (Model base = Model.open(models[0]);
        Model tuned = Model.open(models[1])) {
      List<AdapterTensor> report = Extraction.of(tuned, base).rank(8).writeTo(out);
      assertThat(report)
          .filteredOn(tensor -> tensor.name().equals(mlp + "scale"))
          .singleElement()
          .satisfies(tensor -> assertThat(tensor.how()).isEqualTo(How.LEFT_OUT));
      try (Model again = base.withAdapter(out)) {
        for (String name : List.of(mlp + "bias", mlp + "up_proj.weight", bias)) {
          assertThat(distance(tuned, again, name)).as(name).isLessThan(1e-5);
        }
      }
    }
    assertThat(out.resolve("adapter_config.json"))
        .content()
        .contains("\"bias\" : \"all\"", "\"model.layers.1.relative_attention_bias\"")
        .doesNotContain("\"model.layers.1.mlp\"");
  }

  @Test
  void refuses_a_model_that_is_written_to_meanwhile() throws IOException {
    Path copy =
        Files.copy(MODELS.resolve("llama-a/model.safetensors"), directory.resolve("a.safetensors"));
    Path out = directory.resolve("adapter");
    Runnable written =
        () ->
            assertThat(copy.toFile().setLastModified(copy.toFile().lastModified() + 5000)).isTrue();
    try (Model base = Model.open(MODELS.resolve("llama-base"));
        Model tuned =
            Disturbed.model(
                Safetensors.open(copy), "model.layers.1.mlp.up_proj.weight", 1, written)) {
      assertThatThrownBy(() -> Extraction.of(tuned, base).rank(1).writeTo(out))
          .isInstanceOf(MergeException.class)
          .hasMessageContaining("a.safetensors was modified while it was read");
    }
    Directories.assertHolds(directory, "a.safetensors");
  }

  @Test
  void leaves_out_what_is_not_wanted() {
    try (Model tuned = Model.open(MODELS.resolve("llama-a"));
        Model base = Model.open(MODELS.resolve("llama-base"))) {
      List<AdapterTensor> report =
          Extraction.of(tuned, base)
              .rank(2)
              .embeddings(How.LEFT_OUT)
              .others(How.LEFT_OUT)
              .writeTo(directory.resolve("adapter"));
      assertThat(report)
          .filteredOn(tensor -> tensor.how() == How.LEFT_OUT)
          .allSatisfy(tensor -> assertThat(tensor.residual()).isEqualTo(tensor.change()))
          .extracting(AdapterTensor::name)
          .contains("model.embed_tokens.weight", "model.norm.weight");
    }
  }

  @Test
  void reads_weights_that_are_stored_in_x_out() {
    Path out = directory.resolve("adapter");
    try (Model base = Model.open(ADAPTERS.resolve("gpt2"));
        Model tuned = base.withAdapter(ADAPTERS.resolve("gpt2-fan-in"))) {
      List<AdapterTensor> report = Extraction.of(tuned, base).rank(3).writeTo(out);
      assertThat(out.resolve("adapter_config.json"))
          .content()
          .contains("\"fan_in_fan_out\" : true");
      try (Model again = base.withAdapter(out)) {
        report.forEach(
            tensor -> assertThat(distance(tuned, again, tensor.name())).isLessThan(1e-5));
      }
    }
  }

  @Test
  void gives_the_same_bytes_for_any_threads() {
    try (Model tuned = Model.open(MODELS.resolve("llama-a"));
        Model base = Model.open(MODELS.resolve("llama-base"))) {
      Extraction.of(tuned, base).rank(5).threads(1).writeTo(directory.resolve("one"));
      Extraction.of(tuned, base).rank(5).threads(3).writeTo(directory.resolve("three"));
    }
    for (String file : List.of("adapter_config.json", "adapter_model.safetensors")) {
      assertThat(directory.resolve("one").resolve(file))
          .hasSameBinaryContentAs(directory.resolve("three").resolve(file));
    }
  }

  @Test
  void refuses_a_base_with_other_layers() throws IOException {
    String query = "model.layers.1.self_attn.q_proj.weight";
    Path narrow =
        TinyModels.seeded(2)
            .with(Tensor.of(query, Shape.of(1, 2), 1, 2))
            .in(directory.resolve("narrow"));
    Path shallow = TinyModels.seeded(2).without(query).in(directory.resolve("shallow"));
    try (Model tuned = Model.open(TinyModels.seeded(1).in(directory.resolve("tuned")))) {
      assertRefused(tuned, narrow, "narrow is no base of ", "it has [1, 2] " + query);
      assertRefused(tuned, shallow, "shallow is no base of ", "it has no " + query);
    }
    assertThat(directory.resolve("adapter")).doesNotExist();
  }

  private void assertRefused(Model tuned, Path base, String... parts) {
    try (Model before = Model.open(base)) {
      assertThatThrownBy(() -> Extraction.of(tuned, before).writeTo(directory.resolve("adapter")))
          .isInstanceOf(RecipeException.class)
          .hasMessageContainingAll(parts);
    }
  }

  @Test
  void refuses_models_that_do_not_belong_together() throws IOException {
    try (Model tuned = Model.open(MODELS.resolve("llama-a"));
        Model base = Model.open(ADAPTERS.resolve("gpt2"))) {
      assertThatThrownBy(() -> Extraction.of(tuned, base).writeTo(directory.resolve("adapter")))
          .isInstanceOf(RecipeException.class)
          .hasMessageContaining("no tensor in common");
      assertThatThrownBy(() -> Extraction.of(tuned, base).rank(0))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(directory).isEmptyDirectory();
  }

  private static double distance(Model a, Model b, String name) {
    Tensor x = a.checkpoint().find(name).orElseThrow();
    Tensor y = b.checkpoint().find(name).orElseThrow();
    assertThat(x.spec().shape()).isEqualTo(y.spec().shape());
    int count = (int) x.spec().elements();
    float[] xs = new float[count];
    float[] ys = new float[count];
    x.read(0, count, xs, 0);
    y.read(0, count, ys, 0);
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += ((double) xs[i] - ys[i]) * ((double) xs[i] - ys[i]);
    }
    return Math.sqrt(sum);
  }
}
