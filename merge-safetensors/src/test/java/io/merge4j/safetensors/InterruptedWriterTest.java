// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.CheckpointLayout;
import io.merge4j.tensor.CheckpointWriter;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Interrupting a thread inside a [java.nio.channels.FileChannel] closes the channel for all
/// threads.
class InterruptedWriterTest {

  private static final TensorSpec A = new TensorSpec("a", DType.U8, Shape.of(10));

  private final SafetensorsFormat format = new SafetensorsFormat();

  @TempDir private Path directory;

  @RepeatedTest(20)
  void an_interrupted_thread_does_not_disturb_the_others() throws Exception {
    Tensor calm = Bytes.tensor("calm", DType.U8, 1 << 20);
    Tensor shaken = Bytes.tensor("shaken", DType.U8, 1 << 22);
    try (CheckpointWriter writer =
        format.create(directory, layout(1 << 30, calm.spec(), shaken.spec()))) {
      AtomicInteger interrupted = new AtomicInteger();
      Thread victim =
          Thread.ofPlatform().start(() -> writeThroughInterrupts(writer, shaken, interrupted));
      Thread.ofPlatform()
          .daemon()
          .start(() -> {
            while (victim.isAlive()) {
              victim.interrupt();
              LockSupport.parkNanos(1000);
            }
          });
      byte[] bytes = Bytes.of(calm);
      List<Callable<Void>> blocks = new ArrayList<>();
      for (int at = 0; at < bytes.length; at += 64) {
        ByteBuffer block = ByteBuffer.wrap(bytes, at, 64);
        blocks.add(() -> {
          writer.write("calm", block.position(), block);
          return null;
        });
      }
      run(blocks);
      victim.join();
      assertThat(interrupted).hasPositiveValue();
      writer.finish(false);
    }
    assertHolds(List.of(calm, shaken));
  }

  private static void writeThroughInterrupts(
      CheckpointWriter writer, Tensor tensor, AtomicInteger interrupted) {
    byte[] bytes = Bytes.of(tensor);
    for (int i = 0; i < bytes.length; ) {
      while (interrupted.get() == 0 && !Thread.currentThread().isInterrupted()) {
        Thread.onSpinWait();
      }
      try {
        writer.write(tensor.spec().name(), i, ByteBuffer.wrap(bytes, i, 1 << 14));
        i += 1 << 14;
      } catch (ClosedByInterruptException e) {
        assertThat(Thread.interrupted()).isTrue();
        interrupted.incrementAndGet();
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
  }

  @Test
  void a_thread_interrupted_beforehand_writes_nothing() throws IOException {
    try (CheckpointWriter writer = format.create(directory, layout(1000, A))) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> writer.write("a", 0, ByteBuffer.allocate(10)))
          .isInstanceOf(ClosedByInterruptException.class);
      assertThat(Thread.interrupted()).isTrue();
      writer.write("a", 0, ByteBuffer.allocate(10));
      writer.finish(false);
    }
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
