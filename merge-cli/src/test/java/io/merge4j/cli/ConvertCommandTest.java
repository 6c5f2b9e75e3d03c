// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.cli.Cli.Result;
import io.merge4j.model.Model;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `convert`, and merges of files that are no models of Hugging Face.
class ConvertCommandTest {

  /// A state_dict that PyTorch 2.13 saved: `layer.weight` and `layer.bias`.
  private static final Path TORCH = Path.of("src/test/resources/torch/f32.bin");

  @TempDir Path temp;

  @Test
  void converts_a_model_to_another_type_and_other_shards() throws IOException {
    Path model = BuiltInModels.unpack("letters-rev", temp.resolve("in"));
    Path out = temp.resolve("out");
    Result done = Cli.run("convert", model, out, "--dtype", "float32", "--shard-size", "500KB");

    assertThat(done.status()).isZero();
    assertThat(done.out()).startsWith("Wrote " + out);
    assertThat(out)
        .isDirectoryContaining("glob:**/model.safetensors.index.json")
        .isDirectoryContaining("glob:**/tokenizer.json")
        .isDirectoryNotContaining("glob:**/README.md");
    try (Model before = Model.open(model);
        Model after = Model.open(out)) {
      assertThat(after.checkpoint().specs())
          .hasSameSizeAs(before.checkpoint().specs())
          .allMatch(spec -> spec.dtype() == DType.F32);
      for (TensorSpec spec : before.checkpoint().specs()) {
        assertThat(values(after, spec)).isEqualTo(values(before, spec));
      }
    }
  }

  @Test
  void converts_a_pytorch_file_to_one_file() {
    Path out = temp.resolve("out.safetensors");
    assertThat(Cli.run("convert", TORCH, out).status()).isZero();

    assertThat(temp).isDirectoryContaining("glob:**/out.safetensors");
    assertThat(temp.toFile().list()).hasSize(1);
    try (Model model = Model.open(out)) {
      TensorSpec weight = model.checkpoint().find("layer.weight").orElseThrow().spec();
      assertThat(values(model, weight)).containsExactly(0, 0.25f, 0.5f, 0.75f, 1, 1.25f);
    }
  }

  @Test
  void merges_files_into_a_file() throws IOException {
    Path twin = temp.resolve("twin.safetensors");
    assertThat(Cli.run("convert", TORCH, twin).status()).isZero();
    Path recipe = temp.resolve("recipe.yml");
    Files.writeString(
        recipe,
        """
        models:
          - model: "%s"
            parameters: {weight: 0.5}
          - model: "%s"
            parameters: {weight: 1.5}
        merge_method: linear
        parameters: {normalize: false}
        """
            .formatted(TORCH.toAbsolutePath(), twin));
    Path out = temp.resolve("merged.safetensors");
    Files.writeString(out, "old");

    assertThat(Cli.run("run", recipe, out).err()).contains("exists already");
    assertThat(Cli.run("run", recipe, out, "--overwrite").status()).isZero();
    try (Model model = Model.open(out)) {
      TensorSpec bias = model.checkpoint().find("layer.bias").orElseThrow().spec();
      assertThat(values(model, bias)).containsExactly(-2, 1);
    }
  }

  @Test
  void never_overwrites_an_input_or_what_holds_it() throws IOException {
    Path model = Files.createDirectories(temp.resolve("models")).resolve("a.bin");
    Files.copy(TORCH, model);
    Path file = temp.resolve("models/a.safetensors");
    assertThat(Cli.run("convert", model, file).status()).isZero();

    assertThat(Cli.run("convert", file, file, "--overwrite").err())
        .contains("the file of an input");
    assertThat(Cli.run("convert", file, temp.resolve("models"), "--overwrite").err())
        .contains("holds the input");
    Path directory = BuiltInModels.unpack("letters-rev", temp.resolve("in"));
    assertThat(
            Cli.run("convert", directory, directory.resolve("model.safetensors"), "--overwrite")
                .err())
        .contains("lies in the directory of an input");
    assertThat(file).exists();
  }

  private static float[] values(Model model, TensorSpec spec) {
    float[] values = new float[(int) spec.elements()];
    model.checkpoint().find(spec.name()).orElseThrow().read(0, values.length, values, 0);
    return values;
  }
}
