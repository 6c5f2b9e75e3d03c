// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.collect.ImmutableList;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.CheckpointLayout;
import io.merge4j.tensor.CheckpointWriter;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Piece;
import io.merge4j.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Checkpoints of which whole blocks go past the page cache.
class DirectCheckpointTest {

  private static final int BLOCK = 4096;

  private final FaultyDisk disk = new FaultyDisk();
  private final Random random = new Random(11);

  @TempDir private Path directory;
  private Path place;
  private List<Tensor> tensors = List.of();
  private CheckpointLayout layout = Layouts.layout(ImmutableList.of(), 1, Map.of());

  @BeforeEach
  void tensors() throws IOException {
    place = Files.createDirectory(directory.resolve("place"));
    tensors = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      tensors.add(Bytes.tensor("t" + i, DType.U8, random.nextInt(30_000)));
    }
    layout =
        Layouts.layout(
            tensors.stream().map(Tensor::spec).collect(ImmutableList.toImmutableList()),
            80_000,
            Map.of());
    assertThat(layout.shards()).hasSizeGreaterThan(2);
  }

  private CheckpointWriter writer(int leastWrite) throws IOException {
    return SafetensorsWriter.create(disk.on(place), layout, new DirectWrites(leastWrite, 0));
  }

  /// All bytes, in parts of their own and in pieces that are lent, in any order.
  private List<Callable<Void>> parts(CheckpointWriter writer) {
    List<Callable<Void>> parts = new ArrayList<>();
    for (Tensor tensor : tensors) {
      byte[] bytes = Bytes.of(tensor);
      for (int at = 0; at < bytes.length; at += 9777) {
        ByteBuffer part = ByteBuffer.wrap(bytes, at, Math.min(9777, bytes.length - at));
        boolean lent = random.nextBoolean();
        parts.add(() -> {
          if (lent) {
            Piece piece = writer.piece(tensor.spec().name(), part.position(), part.remaining());
            piece.bytes().copyFrom(MemorySegment.ofBuffer(part));
            piece.write();
          } else {
            writer.write(tensor.spec().name(), part.position(), part.duplicate());
          }
          return null;
        });
      }
    }
    Collections.shuffle(parts, random);
    return parts;
  }

  private void assertWritten() throws IOException {
    try (Checkpoint written = Safetensors.open(place)) {
      for (Tensor tensor : tensors) {
        assertThat(Bytes.of(written, tensor.spec().name())).isEqualTo(Bytes.of(tensor));
      }
    }
    assertThat(disk.open()).isZero();
  }

  @Test
  void what_writes_past_the_cache_waits_for_the_device() throws IOException {
    try (CheckpointWriter past = writer(DirectWrites.BLOCK)) {
      assertThat(past.waitsForDevice()).isTrue();
    }
  }

  @Test
  void what_writes_through_the_cache_does_not_wait_for_the_device() throws IOException {
    try (CheckpointWriter through = writer(Integer.MAX_VALUE)) {
      assertThat(through.waitsForDevice()).isFalse();
    }
  }

  private void assumeDirect() throws IOException {
    Path probe = Files.createFile(directory.resolve("probe"));
    try (FileChannel channel = DirectWrites.open(probe)) {
      assertThat(channel.isOpen()).isTrue();
    } catch (IOException | UnsupportedOperationException e) {
      assumeTrue(false, "The file system of temporary files has no direct writes");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, BLOCK, 2 * BLOCK, 10 * BLOCK})
  void many_threads_write_while_another_forces(int leastWrite) throws Exception {
    try (CheckpointWriter writer = writer(leastWrite);
        ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Callable<Void>> work = parts(writer);
      for (int i = 0; i < 5; i++) {
        work.add(
            random.nextInt(work.size()),
            () -> {
              writer.force();
              return null;
            });
      }
      for (Future<Void> done : threads.invokeAll(work)) {
        done.get();
      }
      writer.finish(true);
    }
    assertWritten();
  }

  @Test
  void whole_blocks_go_past_the_cache() throws Exception {
    assumeDirect();
    try (CheckpointWriter writer = writer(BLOCK)) {
      for (Callable<Void> part : parts(writer)) {
        part.call();
      }
      writer.finish(false);
    }
    assertThat(disk.direct()).isEqualTo(layout.shards().size());
    assertWritten();
  }

  @Test
  void long_parts_are_cut() throws Exception {
    tensors = List.of(Bytes.tensor("a", DType.U8, 4099), Bytes.tensor("b", DType.U8, 3_000_001));
    layout =
        Layouts.layout(
            tensors.stream().map(Tensor::spec).collect(ImmutableList.toImmutableList()),
            Long.MAX_VALUE,
            Map.of());
    try (CheckpointWriter writer = writer(BLOCK)) {
      for (Tensor tensor : tensors) {
        writer.write(tensor.spec().name(), 0, ByteBuffer.wrap(Bytes.of(tensor)));
      }
      writer.finish(false);
    }
    assertWritten();
  }

  @Test
  void small_outputs_go_through_the_cache() throws Exception {
    try (CheckpointWriter writer = SafetensorsWriter.create(disk.on(place), layout)) {
      for (Callable<Void> part : parts(writer)) {
        part.call();
      }
      writer.finish(false);
    }
    assertThat(disk.direct()).isZero();
    assertWritten();
  }

  @Test
  void what_was_forced_is_in_the_file() throws Exception {
    try (CheckpointWriter writer = writer(BLOCK)) {
      Tensor tensor = tensors.getFirst();
      byte[] bytes = Arrays.copyOf(Bytes.of(tensor), 5000);
      writer.write("t0", 0, ByteBuffer.wrap(bytes));
      writer.force();
      byte[] file = Files.readAllBytes(place.resolve(layout.shards().getFirst().file()));
      assertThat(Collections.indexOfSubList(boxed(file), boxed(bytes))).isPositive();
    }
  }

  private static List<Byte> boxed(byte[] bytes) {
    return com.google.common.primitives.Bytes.asList(bytes);
  }

  @Test
  void a_file_system_without_them_is_written_to_all_the_same() throws Exception {
    disk.refuseDirect();
    try (CheckpointWriter writer = writer(BLOCK)) {
      for (Callable<Void> part : parts(writer)) {
        part.call();
      }
      writer.finish(false);
    }
    assertWritten();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatever_fails_is_told_or_made_good(boolean full) throws Exception {
    int told = 0;
    boolean failed = true;
    for (int operation = 1; failed; operation++) {
      disk.failAt(operation, full);
      try (CheckpointWriter writer = writer(BLOCK)) {
        for (Callable<Void> part : parts(writer)) {
          part.call();
        }
        writer.force();
        writer.finish(true);
        failed = !disk.failed().isEmpty();
        assertWritten(writer);
      } catch (IOException e) {
        assertThat(disk.failed()).isNotEmpty();
        told++;
      }
      disk.heal();
      assertThat(disk.open()).isZero();
      Directories.delete(place);
      Files.createDirectory(place);
    }
    assertThat(told).isPositive();
  }

  /// What is finished can be read before it is closed.
  private void assertWritten(CheckpointWriter writer) throws IOException {
    writer.close();
    assertWritten();
  }
}
