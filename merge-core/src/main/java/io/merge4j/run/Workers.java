// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import io.merge4j.MergeException;
import io.merge4j.tensor.Rooms;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.RecursiveAction;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The threads of one merge, or extraction.
///
/// Each takes the next weight when it is done with one, in the order of the plan. A weight's task
/// cuts its passes into stretches with [#all]; a thread that finds no weight left takes stretches
/// of the others. The first failure stops all, and is the one that is reported.
public final class Workers implements AutoCloseable {

  /// After which time to look whether a thread was lost.
  private static final long PATIENCE_MILLIS = 500;

  /// After which time a thread with nothing to do looks again.
  private static final long WAIT_NANOS = 50_000;

  private final ForkJoinPool pool;
  private final ConcurrentLinkedDeque<Tile> tiles = new ConcurrentLinkedDeque<>();
  private final Rooms rooms = new Rooms(Tile.ALIGNMENT, Tile.BYTES);

  /// For half of the threads, rounded up.
  private final Semaphore turns;

  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

  /// Starts that many, at most, as there is work.
  public Workers(int threads) {
    pool = new ForkJoinPool(threads, Workers::thread, null, false);
    turns = new Semaphore((threads + 1) / 2);
  }

  private static ForkJoinWorkerThread thread(ForkJoinPool pool) {
    ForkJoinWorkerThread thread = ForkJoinPool.defaultForkJoinWorkerThreadFactory.newThread(pool);
    thread.setName("merge4j-worker-" + thread.getPoolIndex());
    return thread;
  }

  /// Ends work that was cancelled before anything is opened, or left behind.
  ///
  /// @throws MergeException if this thread was interrupted
  static void requireNotInterrupted() {
    if (Thread.currentThread().isInterrupted()) {
      throw interrupted(new InterruptedException());
    }
  }

  private static MergeException interrupted(InterruptedException e) {
    return new MergeException("The work was interrupted; no output was completed", e);
  }

  /// Runs `work` on every item and waits.
  ///
  /// @throws MergeException if one failed or this thread was interrupted
  public <T> void forEach(List<T> items, Consumer<T> work) {
    AtomicInteger next = new AtomicInteger();
    List<ForkJoinTask<?>> lanes = new ArrayList<>();
    for (int lane = 0; lane < pool.getParallelism(); lane++) {
      lanes.add(
          pool.submit(() ->
              guarded(() -> {
                for (int i = next.getAndIncrement(); i < items.size(); i = next.getAndIncrement()) {
                  checkRunning();
                  work.accept(items.get(i));
                }
              })));
    }
    try {
      for (ForkJoinTask<?> lane : lanes) {
        await(lane);
      }
    } catch (InterruptedException e) {
      stop(e);
      Thread.currentThread().interrupt();
      throw interrupted(e);
    } catch (ExecutionException | CancellationException e) {
      stop(e);
      throw asMergeException(Objects.requireNonNullElse(failure.get(), e));
    }
  }

  /// Waits for a lane to end. The end of one may never be told when there was no memory to note it;
  /// then another thing shows that it is over.
  private void await(ForkJoinTask<?> lane) throws InterruptedException, ExecutionException {
    while (true) {
      try {
        lane.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        return;
      } catch (TimeoutException e) {
        checkRunning();
        if (pool.isQuiescent() && !lane.isDone()) {
          failure.compareAndSet(null, new OutOfMemoryError("a thread was lost"));
          checkRunning();
        }
      }
    }
  }

  /// What is done with some elements, or bytes, of a tensor.
  @FunctionalInterface
  interface Stretch {
    void run(Tile tile, long at, int size);
  }

  /// Cuts a tensor into stretches, runs them on this thread and on idle ones, and waits.
  ///
  /// @param total elements or bytes of it
  /// @param length as many of a stretch
  void inStretches(long total, int length, Stretch stretch) {
    List<ForkJoinTask<?>> tasks = new ArrayList<>();
    for (long at = 0; at < total; at += length) {
      long start = at;
      int size = (int) Math.min(length, total - at);
      tasks.add(stretch(tile -> stretch.run(tile, start, size)));
    }
    all(tasks);
  }

  /// Runs stretches of one weight, on this thread and on idle ones, and waits.
  void all(List<? extends ForkJoinTask<?>> stretches) {
    // What fails is noted before this returns, and so before its caller gives memory back that
    // others still use.
    guarded(() -> ForkJoinTask.invokeAll(stretches));
  }

  /// A stretch of work that holds a tile while it runs.
  ForkJoinTask<?> stretch(Consumer<Tile> work) {
    return new RecursiveAction() {
      private static final long serialVersionUID = 1;

      @Override
      protected void compute() {
        withTile(work);
      }
    };
  }

  /// Runs `work` with a tile of its own.
  void withTile(Consumer<Tile> work) {
    checkRunning();
    guarded(() -> {
      Tile free = tiles.pollFirst();
      Tile held = free == null ? new Tile() : free;
      try {
        work.accept(held);
      } finally {
        tiles.addFirst(held);
      }
    });
  }

  /// Runs work that half of the threads, rounded up, may do at a time. A thread that waits for its
  /// turn takes stretches of others meanwhile, of that work or not.
  <T> T inTurn(Supplier<T> work) {
    while (!turns.tryAcquire()) {
      checkRunning();
      if (!Waiting.ran()) {
        LockSupport.parkNanos(WAIT_NANOS);
      }
    }
    try {
      return work.get();
    } finally {
      turns.release();
    }
  }

  /// What waits to be run by any thread: a stretch, or at the beginning the lane of a thread that
  /// has not come yet. Only a kind of task may ask for it.
  private abstract static class Waiting extends ForkJoinTask<Void> {
    private static final long serialVersionUID = 1;

    static boolean ran() {
      ForkJoinTask<?> task = pollTask();
      if (task != null) {
        task.quietlyInvoke();
      }
      return task != null;
    }
  }

  /// Room for what they write to other places than a checkpoint.
  Rooms rooms() {
    return rooms;
  }

  private void guarded(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException | Error e) {
      failure.compareAndSet(null, e);
      throw e;
    }
  }

  private void checkRunning() {
    if (failure.get() != null) {
      throw new CancellationException("Another part of the merge failed");
    }
  }

  /// Interrupts what runs and waits until nothing touches the files any more.
  private void stop(Throwable cause) {
    failure.compareAndSet(null, cause);
    pool.shutdownNow();
    try {
      pool.awaitTermination(1, TimeUnit.MINUTES);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static MergeException asMergeException(Throwable failure) {
    return switch (failure) {
      case MergeException merge -> merge;
      case OutOfMemoryError memory ->
          new MergeException(
              "Out of memory; run with fewer threads, or raise -Xmx if it is the heap: "
                  + memory.getMessage(),
              memory);
      default -> new MergeException("The work failed: " + failure, failure);
    };
  }

  @Override
  public void close() {
    pool.shutdownNow();
    pool.close();
  }
}
