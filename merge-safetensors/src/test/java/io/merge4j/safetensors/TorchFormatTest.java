// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.merge4j.Merger;
import io.merge4j.Output;
import io.merge4j.model.Model;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TorchFormatTest {

  private static final Path SAMPLES = Path.of("src/test/resources/torch");
  private static final Path MODELS = Path.of("src/test/resources/golden/models");

  private final TorchFormat format = new TorchFormat();

  @TempDir private Path directory;

  @Test
  void reads_shards_by_their_index() throws IOException {
    for (String name : List.of("sharded_bin", "sharded_bin/pytorch_model.bin.index.json")) {
      try (Checkpoint checkpoint = format.open(SAMPLES.resolve(name)).orElseThrow()) {
        assertThat(checkpoint.specs().stream().map(TensorSpec::name))
            .containsExactly("model.embed.weight", "model.layers.0.w", "lm_head.weight");
        float[] head = new float[4];
        checkpoint.find("lm_head.weight").orElseThrow().read(0, 4, head, 0);
        assertThat(head).containsOnly(2);
      }
    }
  }

  @Test
  void refuses_an_index_that_lies_or_leads_elsewhere() throws IOException {
    Path index = directory.resolve("pytorch_model.bin.index.json");
    Files.writeString(index, "{\"weight_map\":{\"w\":\"../f32.bin\"}}");
    assertThatThrownBy(() -> format.open(directory)).hasMessageContaining("Unsafe shard name");
    Files.copy(SAMPLES.resolve("f32.bin"), directory.resolve("a.bin"));
    Files.writeString(index, "{\"weight_map\":{\"w\":\"a.bin\"}}");
    assertThatThrownBy(() -> format.open(directory)).hasMessageContaining("wrong of tensor \"w\"");
    Files.writeString(index, "{\"weight_map\":{\"w\":\"b.bin\"}}");
    assertThatThrownBy(() -> format.open(directory)).hasMessageContaining("Missing shard b.bin");
  }

  @Test
  void safetensors_is_preferred() throws IOException {
    Files.copy(SAMPLES.resolve("f32.bin"), directory.resolve("pytorch_model.bin"));
    Safetensors.write(
        directory.resolve("adapter_model.safetensors"),
        List.of(Bytes.tensor("a", io.merge4j.tensor.DType.F32, 1)));
    try (Model model = Model.open(directory)) {
      assertThat(model.checkpoint().find("layer.weight")).isPresent();
    }
    Safetensors.write(
        directory.resolve("model.safetensors"),
        List.of(Bytes.tensor("b", io.merge4j.tensor.DType.F32, 1)));
    try (Model model = Model.open(directory)) {
      assertThat(model.checkpoint().find("b")).isPresent();
    }
  }

  @Test
  void finds_nothing_where_nothing_of_the_format_lies() throws IOException {
    assertThat(format.open(directory)).isEmpty();
    assertThat(format.open(directory.resolve("absent.bin"))).isEmpty();
    assertThat(format.open(SAMPLES.resolve("malicious_bare.pkl"))).isEmpty();
  }

  @Test
  void merges_to_the_same_bytes_as_from_safetensors() throws IOException {
    Path a = twin("llama-a-bf16");
    Path b = twin("llama-b-bf16");
    Output output = Output.DEFAULT.sync(false).threads(2);
    Path fromTorch = directory.resolve("from-torch");
    Path fromSafetensors = directory.resolve("from-safetensors");
    Merger.slerp(a, b).t(0.3).writeTo(fromTorch, output);
    Merger.slerp(MODELS.resolve("llama-a-bf16"), MODELS.resolve("llama-b-bf16"))
        .t(0.3)
        .writeTo(fromSafetensors, output);
    for (String file : List.of("model.safetensors", "config.json")) {
      assertThat(fromTorch.resolve(file)).hasSameBinaryContentAs(fromSafetensors.resolve(file));
    }
  }

  /// The golden model with its weights as PyTorch files: one that holds them in a dictionary, one
  /// of two shards, of both formats, with transposed matrices.
  private Path twin(String name) throws IOException {
    Path twin = Files.createDirectory(directory.resolve(name));
    try (var files = Files.list(SAMPLES.resolve(name))) {
      for (Path file : files.toList()) {
        Files.copy(file, twin.resolve(file.getFileName()));
      }
    }
    Files.copy(MODELS.resolve(name).resolve("config.json"), twin.resolve("config.json"));
    return twin;
  }
}
