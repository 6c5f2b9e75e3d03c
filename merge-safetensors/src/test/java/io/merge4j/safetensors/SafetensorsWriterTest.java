// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.merge4j.safetensors.SafetensorsException.Reason;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.CheckpointLayout;
import io.merge4j.tensor.CheckpointWriter;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsWriterTest {

  private static final TensorSpec A = new TensorSpec("a", DType.U8, Shape.of(10));
  private static final TensorSpec B = new TensorSpec("b", DType.F32, Shape.of(3));

  private final SafetensorsFormat format = new SafetensorsFormat();

  @TempDir private Path directory;

  @Test
  void files_have_their_final_size_but_are_no_safetensors_until_they_are_finished()
      throws IOException {
    CheckpointLayout layout = layout(1000, A, B);
    Path file = directory.resolve("model.safetensors");
    try (CheckpointWriter writer = format.create(directory, layout)) {
      assertThat(Files.size(file)).isEqualTo(layout.bytes());
      writer.write("a", 0, ByteBuffer.allocate(10));
      writer.write("b", 0, ByteBuffer.allocate(12));
      SafetensorsException unfinished =
          catchThrowableOfType(SafetensorsException.class, () -> Safetensors.open(file));
      assertThat(unfinished.reason()).isEqualTo(Reason.INVALID_JSON);
      assertThat(unfinished).hasMessageContaining("never finished");

      writer.finish(false);
      assertThat(Files.size(file)).isEqualTo(layout.bytes());
      Safetensors.open(file).close();
    }
  }

  @Test
  void an_index_comes_last_and_only_with_several_shards() throws IOException {
    Path index = directory.resolve("model.safetensors.index.json");
    try (CheckpointWriter writer = format.create(directory, layout(10, A, B))) {
      writer.write("b", 0, ByteBuffer.allocate(12));
      writer.write("a", 0, ByteBuffer.allocate(10));
      assertThat(index).doesNotExist();
      writer.finish(true);
      assertThat(index).exists();
    }
    Path other = Files.createDirectory(directory.resolve("other"));
    try (CheckpointWriter writer = format.create(other, layout(1000, A))) {
      writer.write("a", 0, ByteBuffer.allocate(10));
      writer.finish(true);
    }
    try (var files = Files.list(other)) {
      assertThat(files).containsExactly(other.resolve("model.safetensors"));
    }
  }

  @Test
  void eight_threads_write_blocks_in_any_order_to_many_shards() throws Exception {
    long seed = System.nanoTime();
    System.out.println("SafetensorsWriterTest: seed " + seed);
    Random random = new Random(seed);
    List<DType> dtypes = List.of(DType.values());
    List<Tensor> tensors = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      DType dtype = dtypes.get(random.nextInt(dtypes.size()));
      tensors.add(Bytes.tensor("t" + i, dtype, 8L * random.nextInt(5000)));
    }
    TensorSpec[] specs = tensors.stream().map(Tensor::spec).toArray(TensorSpec[]::new);
    CheckpointLayout layout = layout(100_000, specs);
    assertThat(layout.shards()).hasSizeGreaterThan(3);

    try (CheckpointWriter writer = format.create(directory, layout)) {
      List<Callable<Void>> blocks = new ArrayList<>();
      for (Tensor tensor : tensors) {
        byte[] bytes = Bytes.of(tensor);
        for (int at = 0; at < bytes.length; at += 777) {
          ByteBuffer block = ByteBuffer.wrap(bytes, at, Math.min(777, bytes.length - at));
          blocks.add(() -> {
            writer.write(tensor.spec().name(), block.position(), block);
            return null;
          });
        }
      }
      Collections.shuffle(blocks, random);
      run(blocks);
      writer.finish(false);
    }
    assertHolds(tensors);
  }

  @Test
  void writes_only_inside_known_tensors() throws IOException {
    try (CheckpointWriter writer = format.create(directory, layout(1000, A, B))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> writer.write("c", 0, ByteBuffer.allocate(1)))
          .withMessageContaining("\"c\"");
      for (long offset : new long[] {-1, 10, 11, Long.MAX_VALUE, Long.MIN_VALUE}) {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> writer.write("a", offset, ByteBuffer.allocate(1)))
            .withMessageContaining("inside 0 to 10");
      }
      assertThatIllegalArgumentException()
          .isThrownBy(() -> writer.write("a", 0, ByteBuffer.allocate(11)));
      writer.write("a", 10, ByteBuffer.allocate(0));
    }
  }

  @Test
  void takes_any_buffer_from_its_position_to_its_limit() throws IOException {
    byte[] bytes = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    try (CheckpointWriter writer = format.create(directory, layout(1000, A))) {
      ByteBuffer direct = ByteBuffer.allocateDirect(20).put(7, bytes).position(7).limit(12);
      writer.write("a", 0, direct);
      assertThat(direct.remaining()).isZero();
      writer.write("a", 5, ByteBuffer.wrap(bytes, 5, 5).asReadOnlyBuffer());
      writer.finish(false);
    }
    try (Checkpoint checkpoint = Safetensors.open(directory)) {
      assertThat(Bytes.of(checkpoint, "a")).isEqualTo(bytes);
    }
  }

  @Test
  void does_not_finish_unless_every_byte_came_once() throws IOException {
    try (CheckpointWriter writer = format.create(directory, layout(1000, A, B))) {
      writer.write("b", 0, ByteBuffer.allocate(12));
      writer.write("a", 0, ByteBuffer.allocate(9));
      assertThatIllegalStateException()
          .isThrownBy(() -> writer.finish(false))
          .withMessageContaining("a U8 [10]: 1 of its 10 bytes");
      writer.write("a", 9, ByteBuffer.allocate(1));
      writer.write("b", 0, ByteBuffer.allocate(1));
      assertThatIllegalStateException().isThrownBy(() -> writer.finish(false));
    }
  }

  @Test
  void writes_nothing_once_closed() throws IOException {
    CheckpointWriter writer = format.create(directory, layout(1000, A));
    writer.close();
    writer.close();
    assertThatThrownBy(() -> writer.write("a", 0, ByteBuffer.allocate(1)))
        .isInstanceOf(SafetensorsException.class)
        .hasCauseInstanceOf(ClosedChannelException.class);
  }

  @Test
  void never_overwrites_a_file_and_leaves_none_behind() throws IOException {
    Path second = directory.resolve("model-00002-of-00002.safetensors");
    Files.writeString(second, "precious");
    SafetensorsException refusal =
        catchThrowableOfType(
            SafetensorsException.class, () -> format.create(directory, layout(10, A, B)));
    assertThat(refusal.reason()).isEqualTo(Reason.UNWRITABLE);
    assertThat(refusal).hasMessageContaining(second.toString());
    assertThat(second).hasContent("precious");
    try (var files = Files.list(directory)) {
      assertThat(files).containsExactly(second);
    }
  }

  @Test
  void a_disk_that_is_too_small_is_found_before_anything_is_written() throws IOException {
    TensorSpec exabyte = new TensorSpec("a", DType.U8, Shape.of(1L << 59));
    SafetensorsException refusal =
        catchThrowableOfType(
            SafetensorsException.class, () -> format.create(directory, layout(1L << 61, exabyte)));
    assertThat(refusal.reason()).isEqualTo(Reason.UNWRITABLE);
    assertThat(refusal).hasMessageContaining("Not enough space");
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void takes_layouts_of_this_format_only() {
    CheckpointLayout layout = layout(1000, A);
    CheckpointLayout other = new CheckpointLayout(layout.shards(), ImmutableMap.of());
    assertThatIllegalArgumentException().isThrownBy(() -> format.create(directory, other));
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void three_hundred_shards_are_written_and_read() throws IOException {
    List<Tensor> tensors = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      tensors.add(Bytes.tensor("t" + i, DType.F32, 7));
    }
    CheckpointLayout layout =
        layout(28, tensors.stream().map(Tensor::spec).toArray(TensorSpec[]::new));
    assertThat(layout.shards()).hasSize(300);
    try (CheckpointWriter writer = format.create(directory, layout)) {
      for (Tensor tensor : tensors) {
        writer.write(tensor.spec().name(), 0, ByteBuffer.wrap(Bytes.of(tensor)));
      }
      writer.finish(false);
    }
    assertHolds(tensors);
  }

  private CheckpointLayout layout(long maxShardBytes, TensorSpec... specs) {
    return format.layout(ImmutableList.copyOf(specs), maxShardBytes, ImmutableMap.of());
  }

  private static void run(List<Callable<Void>> blocks) throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      for (Future<Void> block : threads.invokeAll(blocks)) {
        block.get();
      }
    }
  }

  private void assertHolds(List<Tensor> tensors) throws IOException {
    try (Checkpoint checkpoint = Safetensors.open(directory)) {
      assertThat(checkpoint.specs())
          .containsExactlyInAnyOrderElementsOf(tensors.stream().map(Tensor::spec).toList());
      for (Tensor tensor : tensors) {
        assertThat(Bytes.of(checkpoint, tensor.spec().name())).isEqualTo(Bytes.of(tensor));
      }
    }
  }
}
