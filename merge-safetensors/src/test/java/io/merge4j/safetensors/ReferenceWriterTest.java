// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.CheckpointLayout;
import io.merge4j.tensor.CheckpointWriter;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Files of the reference writers, read and written again: every byte must return.
///
/// `make.py` beside them made them.
class ReferenceWriterTest {

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"dtypes.safetensors", "names.safetensors"})
  void writes_files_as_the_reference_does(String name) throws IOException {
    Path copy = directory.resolve(name);
    try (Checkpoint reference = Safetensors.open(Bytes.reference(name))) {
      ImmutableList<TensorSpec> shuffled = reference.specs().reverse();
      Safetensors.write(
          copy,
          shuffled.stream().map(spec -> reference.find(spec.name()).orElseThrow()).toList(),
          reference.metadata());
    }
    assertThat(copy).hasSameBinaryContentAs(Bytes.reference(name));
  }

  @Test
  void shards_and_indexes_as_the_reference_does() throws IOException {
    Path folder = Bytes.reference("sharded");
    List<String> order = Files.readAllLines(folder.resolve("order.txt"));
    try (Checkpoint reference = Safetensors.open(folder)) {
      ImmutableList<TensorSpec> specs =
          order.stream()
              .map(name -> reference.find(name).orElseThrow().spec())
              .collect(ImmutableList.toImmutableList());
      SafetensorsFormat format = new SafetensorsFormat();
      CheckpointLayout layout = format.layout(specs, 2000, ImmutableMap.of());
      try (CheckpointWriter writer = format.create(directory, layout)) {
        for (TensorSpec spec : specs) {
          writer.write(spec.name(), 0, ByteBuffer.wrap(Bytes.of(reference, spec.name())));
        }
        writer.finish(true);
      }
    }
    for (Path file : files(folder)) {
      if (!file.endsWith("order.txt")) {
        assertThat(directory.resolve(file.getFileName())).hasSameBinaryContentAs(file);
      }
    }
    assertThat(files(directory)).hasSize(6);
  }

  @Test
  void reads_every_dtype_that_torch_writes() throws IOException {
    try (Checkpoint reference = Safetensors.open(Bytes.reference("dtypes.safetensors"))) {
      assertThat(reference.specs().stream().map(TensorSpec::dtype).distinct())
          .hasSize(DType.values().length - 2)
          .doesNotContain(DType.F6_E2M3, DType.F6_E3M2);
      for (TensorSpec spec : reference.specs()) {
        assertThat(spec.name()).endsWith(spec.dtype().torchName());
        byte[] bytes = Bytes.of(reference, spec.name());
        for (int i = 0; i < bytes.length; i++) {
          int value = spec.name().startsWith("z") ? i + 1 : i + 2;
          assertThat(bytes[i]).isEqualTo((byte) (spec.dtype() == DType.BOOL ? value % 2 : value));
        }
      }
    }
  }

  private static List<Path> files(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.toList();
    }
  }
}
