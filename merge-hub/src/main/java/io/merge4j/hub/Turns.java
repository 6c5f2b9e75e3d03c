// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/// Lets no more than a certain number of things happen at once; the others wait in line.
final class Turns {

  private final Semaphore free;

  Turns(int atOnce) {
    this.free = new Semaphore(atOnce, true);
  }

  /// Does the work when its turn has come.
  ///
  /// @throws HubException if the thread is interrupted before that
  <R> R take(Supplier<R> work) {
    try {
      free.acquire();
    } catch (InterruptedException e) {
      throw RetryPolicy.interrupted(e);
    }
    try {
      return work.get();
    } finally {
      free.release();
    }
  }
}
