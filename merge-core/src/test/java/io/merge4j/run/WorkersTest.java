// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.merge4j.MergeException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class WorkersTest {

  private static final List<Integer> ITEMS = IntStream.range(0, 100).boxed().toList();

  @ParameterizedTest
  @CsvSource({"1, 1", "2, 1", "3, 2", "4, 2", "9, 5"})
  void half_of_the_threads_have_a_turn_at_once(int threads, int turns) {
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    AtomicInteger stretches = new AtomicInteger();
    AtomicInteger done = new AtomicInteger();
    try (Workers workers = new Workers(threads)) {
      workers.forEach(
          ITEMS,
          item -> {
            int result =
                workers.inTurn(() -> {
                  most.accumulateAndGet(running.incrementAndGet(), Math::max);
                  workers.inStretches(40, 4, (tile, at, size) -> stretches.addAndGet(size));
                  running.decrementAndGet();
                  return item;
                });
            workers.inStretches(10, 1, (tile, at, size) -> stretches.addAndGet(size));
            done.addAndGet(result);
          });
    }
    assertThat(most.get()).isBetween(1, turns);
    assertThat(stretches).hasValue(50 * ITEMS.size());
    assertThat(done).hasValue(ITEMS.stream().mapToInt(i -> i).sum());
  }

  @Test
  void who_waits_for_a_turn_takes_stretches_of_who_has_it() {
    try (Workers workers = new Workers(2)) {
      workers.forEach(
          ITEMS.subList(0, 2),
          item ->
              workers.inTurn(() -> {
                CountDownLatch both = new CountDownLatch(2);
                workers.inStretches(
                    2,
                    1,
                    (tile, at, size) -> {
                      both.countDown();
                      await(both);
                    });
                return item;
              }));
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      if (!latch.await(30, TimeUnit.SECONDS)) {
        throw new IllegalStateException("nobody came");
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void failing_in_a_turn_ends_the_work_of_those_who_wait_for_one() {
    AtomicInteger turns = new AtomicInteger();
    try (Workers workers = new Workers(2)) {
      assertThatThrownBy(() ->
              workers.forEach(
                  ITEMS,
                  item ->
                      workers.inTurn(() -> {
                        turns.incrementAndGet();
                        throw new MergeException("no more");
                      })))
          .isInstanceOf(MergeException.class)
          .hasMessage("no more");
    }
    assertThat(turns.get()).isLessThan(ITEMS.size());
  }
}
