// SPDX-License-Identifier: Apache-2.0
package io.merge4j.svd;

import java.util.concurrent.CancellationException;

/// Ends a long computation whose thread is interrupted.
final class Cancellation {

  private Cancellation() {}

  /// To be called every few milliseconds; the thread stays interrupted.
  ///
  /// @throws CancellationException if it is
  static void check() {
    if (Thread.currentThread().isInterrupted()) {
      throw new CancellationException("Interrupted while a matrix was decomposed");
    }
  }
}
