// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Runs tasks side by side, each on a virtual thread.
///
/// All run to their ends; when one fails, the others are interrupted.
final class Parallel {

  private Parallel() {}

  /// Works on all items, on so many at once.
  ///
  /// @return the results, in the order of the items
  /// @throws RuntimeException the first failure, once all tasks have ended
  static <T, R> ImmutableList<R> map(List<T> items, int atOnce, Function<? super T, R> work) {
    Turns turns = new Turns(atOnce);
    AtomicReferenceArray<@Nullable R> results = new AtomicReferenceArray<>(items.size());
    List<Runnable> tasks = new ArrayList<>();
    for (T item : items) {
      int number = tasks.size();
      tasks.add(() -> results.set(number, turns.take(() -> work.apply(item))));
    }
    run(tasks);
    return IntStream.range(0, items.size())
        .mapToObj(number -> requireNonNull(results.get(number)))
        .collect(ImmutableList.toImmutableList());
  }

  /// Runs all tasks at once.
  ///
  /// @throws RuntimeException the first failure, once all tasks have ended
  static void run(List<Runnable> tasks) {
    Throwable failure = null;
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      CompletionService<@Nullable Object> running = new ExecutorCompletionService<>(executor);
      List<Runnable> copy = new ArrayList<>(tasks);
      copy.forEach(task -> running.submit(task, null));
      for (int i = 0; i < copy.size() && failure == null; i++) {
        failure = next(running);
      }
      if (failure != null) {
        executor.shutdownNow();
      }
    }
    switch (failure) {
      case null -> {}
      case HubException e -> throw e;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new IllegalStateException(failure);
    }
  }

  private static @Nullable Throwable next(CompletionService<@Nullable Object> running) {
    try {
      running.take().get();
      return null;
    } catch (ExecutionException e) {
      return e.getCause();
    } catch (InterruptedException e) {
      return RetryPolicy.interrupted(e);
    }
  }
}
