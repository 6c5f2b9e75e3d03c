// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableMap;
import io.merge4j.safetensors.SafetensorsException.Reason;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.CheckpointFormat;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsFormatTest {

  private static final Tensor A = Bytes.tensor("a", DType.F32, 2, 3);
  private static final Tensor B = Bytes.tensor("b", DType.BF16, 5);

  private final SafetensorsFormat format = new SafetensorsFormat();

  @TempDir private Path directory;

  @Test
  void is_found_as_a_service() throws IOException {
    String format = SafetensorsFormat.class.getName();
    String second = TorchFormat.class.getName();
    assertThat(SafetensorsFormat.class.getModule().getDescriptor().provides())
        .anySatisfy(provides -> {
          assertThat(provides.service()).isEqualTo(CheckpointFormat.class.getName());
          assertThat(provides.providers()).containsExactly(format, second);
        });
    String forClassPath = "/META-INF/services/" + CheckpointFormat.class.getName();
    try (InputStream list = SafetensorsFormat.class.getResourceAsStream(forClassPath)) {
      assertThat(list).isNotNull().hasContent(format + "\n" + second);
    }
    assertThat(this.format.name()).isEqualTo("safetensors");
  }

  @Test
  void opens_a_file_of_any_name() throws IOException {
    Path file = directory.resolve("x.safetensors");
    Safetensors.write(file, List.of(B, A), ImmutableMap.of("k", "v"));

    try (Checkpoint checkpoint = format.open(file).orElseThrow()) {
      assertThat(checkpoint.name()).isEqualTo(file.toString());
      assertThat(checkpoint.specs()).containsExactly(A.spec(), B.spec());
      assertThat(checkpoint.metadata()).isEqualTo(ImmutableMap.of("format", "pt", "k", "v"));
      assertThat(Bytes.of(checkpoint, "a")).isEqualTo(Bytes.of(A));
      assertThat(Bytes.of(checkpoint, "b")).isEqualTo(Bytes.of(B));
      assertThat(checkpoint.find("c")).isEmpty();
    }
  }

  @Test
  void finds_nothing_where_nothing_of_the_format_lies() throws IOException {
    assertThat(format.open(directory)).isEmpty();
    assertThat(format.open(directory.resolve("absent"))).isEmpty();
    assertThat(format.open(directory.resolve("absent.safetensors"))).isEmpty();
    assertThat(format.open(Files.createFile(directory.resolve("pytorch_model.bin")))).isEmpty();
    Files.createFile(directory.resolve("other.safetensors"));
    assertThat(format.open(directory)).isEmpty();
    assertThatThrownBy(() -> Safetensors.open(directory))
        .satisfies(e -> assertReason(e, Reason.NO_WEIGHTS));
  }

  @Test
  void a_single_file_wins_over_an_index_and_an_adapter() throws IOException {
    Safetensors.write(directory.resolve("adapter_model.safetensors"), List.of(B));
    assertNames("b");
    Files.writeString(directory.resolve("model.safetensors.index.json"), "no JSON");
    assertThatThrownBy(() -> format.open(directory))
        .satisfies(e -> assertReason(e, Reason.INVALID_INDEX));
    Safetensors.write(directory.resolve("model.safetensors"), List.of(A));
    assertNames("a");
  }

  private void assertNames(String... names) throws IOException {
    try (Checkpoint checkpoint = format.open(directory).orElseThrow()) {
      assertThat(checkpoint.specs()).extracting(TensorSpec::name).containsExactly(names);
      assertThat(checkpoint.name()).isEqualTo(directory.toString());
    }
  }

  @Test
  void reads_fail_once_the_checkpoint_is_closed() throws IOException {
    Path file = directory.resolve("x.safetensors");
    Safetensors.write(file, List.of(A));
    Checkpoint checkpoint = format.open(file).orElseThrow();
    Tensor tensor = checkpoint.find("a").orElseThrow();
    checkpoint.close();
    checkpoint.close();
    assertThatThrownBy(() -> tensor.copy(0, MemorySegment.ofArray(new byte[1])))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void follows_links_and_names_broken_ones() throws IOException {
    Path target = directory.resolve("blob");
    Safetensors.write(target, List.of(A));
    Files.createSymbolicLink(directory.resolve("model.safetensors"), Path.of("blob"));
    assertNames("a");

    Files.delete(target);
    assertThatThrownBy(() -> format.open(directory))
        .satisfies(e -> assertReason(e, Reason.UNREADABLE))
        .hasMessageContaining("links to a file that is not there");
  }

  @Test
  void refuses_a_directory_or_device_in_the_place_of_a_file() throws IOException {
    Path file = directory.resolve("model.safetensors");
    Files.createDirectory(file);
    assertThatThrownBy(() -> format.open(directory))
        .satisfies(e -> assertReason(e, Reason.UNREADABLE))
        .hasMessageContaining("a directory");
    Files.delete(file);
    if (Files.exists(Path.of("/dev/zero"))) {
      Files.createSymbolicLink(file, Path.of("/dev/zero"));
      assertThatThrownBy(() -> format.open(directory))
          .satisfies(e -> assertReason(e, Reason.UNREADABLE))
          .hasMessageContaining("device");
    }
  }

  @Test
  void refuses_empty_and_unfinished_files() throws IOException {
    Path file = Files.createFile(directory.resolve("model.safetensors"));
    assertThatThrownBy(() -> format.open(directory))
        .satisfies(e -> assertReason(e, Reason.HEADER_TOO_SMALL))
        .hasMessageContaining(file.toString());
    Files.write(file, new byte[1000]);
    assertThatThrownBy(() -> format.open(directory))
        .satisfies(e -> assertReason(e, Reason.INVALID_JSON))
        .hasMessageContaining("never finished");
  }

  @Test
  void shards_without_an_index_are_an_error() throws IOException {
    Safetensors.write(directory.resolve("model-00001-of-00002.safetensors"), List.of(A));
    assertThatThrownBy(() -> format.open(directory))
        .satisfies(e -> assertReason(e, Reason.MISSING_INDEX))
        .hasMessageContaining("model-00001-of-00002.safetensors");
  }

  @Test
  void opening_while_interrupted_says_so_and_keeps_the_interrupt() throws IOException {
    Path file = directory.resolve("x.safetensors");
    Safetensors.write(file, List.of(A));
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> format.open(file)).isInstanceOf(ClosedByInterruptException.class);
    assertThat(Thread.interrupted()).isTrue();
  }

  private static void assertReason(Throwable thrown, Reason reason) {
    assertThat(thrown).isInstanceOf(SafetensorsException.class);
    assertThat(((SafetensorsException) thrown).reason()).isEqualTo(reason);
  }
}
