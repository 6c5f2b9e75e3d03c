// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableMap;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsTest {

  @TempDir private Path directory;

  @Test
  void writes_and_reads_more_than_a_block() throws IOException {
    Path file = directory.resolve("x.safetensors");
    Tensor large = Bytes.tensor("large", DType.U8, 3_000_001);
    Tensor empty = Bytes.tensor("empty", DType.F64, 0, 4);
    Tensor scalar = Bytes.tensor("scalar", DType.F64);
    Safetensors.write(file, List.of(large, empty, scalar));
    try (Checkpoint checkpoint = Safetensors.open(file)) {
      for (Tensor tensor : List.of(large, empty, scalar)) {
        assertThat(Bytes.of(checkpoint, tensor.spec().name())).isEqualTo(Bytes.of(tensor));
      }
      assertThat(checkpoint.metadata()).isEqualTo(ImmutableMap.of("format", "pt"));
    }
  }

  @Test
  void replaces_a_file_that_is_being_read_even_with_its_own_tensors() throws IOException {
    Path file = directory.resolve("x.safetensors");
    Tensor a = Bytes.tensor("a", DType.U8, 100_000);
    Tensor b = Bytes.tensor("b", DType.U8, 100_000);
    Safetensors.write(file, List.of(a, b));
    try (Checkpoint old = Safetensors.open(file)) {
      Safetensors.write(file, List.of(old.find("b").orElseThrow()));
      assertThat(Bytes.of(old, "a")).isEqualTo(Bytes.of(a));
    }
    try (Checkpoint now = Safetensors.open(file)) {
      assertThat(now.specs()).containsExactly(b.spec());
      assertThat(Bytes.of(now, "b")).isEqualTo(Bytes.of(b));
    }
  }

  @Test
  void a_failure_leaves_the_old_file_and_no_other() throws IOException {
    Path file = directory.resolve("x.safetensors");
    Tensor a = Bytes.tensor("a", DType.U8, 10);
    Safetensors.write(file, List.of(a));
    byte[] before = Files.readAllBytes(file);
    Checkpoint closed = Safetensors.open(file);
    Tensor unreadable = closed.find("a").orElseThrow();
    closed.close();

    assertThatThrownBy(() -> Safetensors.write(file, List.of(unreadable)))
        .isInstanceOf(IllegalStateException.class);
    assertThatIllegalArgumentException().isThrownBy(() -> Safetensors.write(file, List.of(a, a)));
    assertThatThrownBy(() -> Safetensors.write(directory, List.of(a)))
        .isInstanceOf(SafetensorsException.class);
    assertThatThrownBy(() -> Safetensors.write(directory.resolve("no/x.safetensors"), List.of(a)))
        .isInstanceOf(SafetensorsException.class)
        .hasMessageContaining("no");
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
    try (var files = Files.list(directory)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void files_have_the_permissions_of_any_new_file() throws IOException {
    Path file = directory.resolve("x.safetensors");
    Safetensors.write(file, List.of());
    Path other = Files.createFile(directory.resolve("other"));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo(PosixFilePermissions.toString(Files.getPosixFilePermissions(other)));
  }
}
