// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import io.merge4j.model.Model;
import io.merge4j.model.ModelConfig;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Adapters applied to zeros in the place of the golden base, which shows what they add.
///
/// @param directory for what has to be written
record AppliedAdapters(Path directory) {

  private static final Path MODELS = Path.of("src/test/resources/golden/models");

  /// The same adapter in another place.
  Path copy(Path adapter) {
    try {
      Path copy = Files.createDirectory(directory.resolve("copy"));
      for (String file : List.of("adapter_config.json", "adapter_model.safetensors")) {
        Files.copy(adapter.resolve(file), copy.resolve(file));
      }
      return copy;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /// What an adapter adds to each tensor of the golden base, as applied to zeros.
  Map<String, double[]> added(Path adapter) {
    try (Model base = Model.open(MODELS.resolve("llama-base"))) {
      Model zero =
          Model.of(
              "zero",
              Checkpoint.of(
                  "zero", base.checkpoint().specs().stream().map(AppliedAdapters::zero).toList()),
              ModelConfig.EMPTY,
              Optional.empty());
      try (Model adapted = zero.withAdapter(stripped(adapter))) {
        Map<String, double[]> added = new TreeMap<>();
        adapted
            .checkpoint()
            .specs()
            .forEach(
                spec -> added.put(spec.name(), Vectors.doubles(adapted.checkpoint(), spec.name())));
        return added;
      }
    }
  }

  /// The same adapter without the copies of the base that PEFT keeps.
  private Path stripped(Path adapter) {
    try (Checkpoint whole = Safetensors.open(adapter)) {
      Path stripped = Files.createTempDirectory(directory, "stripped");
      Files.copy(adapter.resolve("adapter_config.json"), stripped.resolve("adapter_config.json"));
      Safetensors.write(
          stripped.resolve("adapter_model.safetensors"),
          whole.specs().stream()
              .filter(spec -> !spec.name().endsWith(".base_layer.weight"))
              .map(spec -> whole.find(spec.name()).orElseThrow())
              .toList());
      return stripped;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static Tensor zero(TensorSpec spec) {
    return Tensor.of(spec.name(), spec.shape(), new float[(int) spec.elements()]);
  }

  /// A checkpoint with the tensors of the golden base, all zeros.
  Path zeros() {
    try (Model base = Model.open(MODELS.resolve("llama-base"))) {
      Path file = Files.createDirectory(directory.resolve("zeros")).resolve("model.safetensors");
      Safetensors.write(
          file, base.checkpoint().specs().stream().map(AppliedAdapters::zero).toList());
      return directory.resolve("zeros");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /// A checkpoint of what an adapter adds.
  Path applied(Path adapter, String name) {
    try (Model base = Model.open(directory.resolve("zeros"));
        Model adapted = base.withAdapter(stripped(adapter))) {
      Path file = Files.createDirectory(directory.resolve(name)).resolve("model.safetensors");
      Safetensors.write(
          file,
          adapted.checkpoint().specs().stream()
              .map(spec -> adapted.checkpoint().find(spec.name()).orElseThrow())
              .toList());
      return directory.resolve(name);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
