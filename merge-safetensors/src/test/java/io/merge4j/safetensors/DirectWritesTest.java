// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static com.google.common.util.concurrent.Uninterruptibles.awaitUninterruptibly;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The thread that writes past the page cache, and what is worth its while.
class DirectWritesTest {

  private static final int BLOCK = 4096;

  @TempDir private Path directory;

  /// Each thing that the thread does asks for another, so that one is always under way.
  @Test
  @Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void settling_does_not_wait_for_what_comes_later() throws Exception {
    AtomicBoolean settled = new AtomicBoolean();
    try (DirectWrites direct = new DirectWrites(BLOCK, 0)) {
      Path nowhere = directory.resolve("nowhere");
      DirectFile file = new DirectFile(nowhere, direct, (position, bytes) -> {});
      askAgain(direct, settled);
      file.copy(0, ByteBuffer.allocate(BLOCK));
      file.settle();
      settled.set(true);
      file.settle();
    }
  }

  private static void askAgain(DirectWrites direct, AtomicBoolean settled) {
    if (!settled.get()) {
      direct.submit(() -> askAgain(direct, settled));
    }
  }

  /// Two would need more memory, and are no faster.
  @Test
  @Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void one_piece_is_on_its_way_at_a_time() throws Exception {
    CountDownLatch arrives = new CountDownLatch(1);
    CountDownLatch second = new CountDownLatch(1);
    try (DirectWrites direct = new DirectWrites(BLOCK, 0);
        ExecutorService worker = Executors.newSingleThreadExecutor()) {
      direct.submit(direct.rooms().take(0, BLOCK), () -> awaitUninterruptibly(arrives));
      Future<?> next =
          worker.submit(() -> {
            direct.submit(direct.rooms().take(BLOCK, BLOCK), second::countDown);
            return null;
          });
      try {
        assertThatThrownBy(() -> next.get(100, TimeUnit.MILLISECONDS))
            .isInstanceOf(TimeoutException.class);
      } finally {
        arrives.countDown();
      }
      next.get();
      second.await();
    }
  }

  @Test
  void a_slow_device_is_left_to_the_cache() {
    try (DirectWrites direct = new DirectWrites(BLOCK, 1000)) {
      for (int i = 0; i < 64; i++) {
        assertThat(direct.suits(BLOCK)).isTrue();
        direct.took(1000, 1.01);
      }
      assertThat(direct.suits(BLOCK)).isFalse();
    }
  }

  @Test
  void small_writes_are_left_to_the_cache() {
    try (DirectWrites direct = new DirectWrites(BLOCK, 0)) {
      assertThat(direct.suits(BLOCK)).isTrue();
      assertThat(direct.suits(BLOCK - 1)).isFalse();
    }
  }
}
