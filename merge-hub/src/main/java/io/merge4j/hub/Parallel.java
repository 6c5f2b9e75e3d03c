// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/// Runs tasks side by side, each on a virtual thread.
final class Parallel {

  private Parallel() {}

  /// Runs all tasks to their ends; when one fails, interrupts the others.
  ///
  /// @throws HubException the first failure, once all tasks have ended
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
