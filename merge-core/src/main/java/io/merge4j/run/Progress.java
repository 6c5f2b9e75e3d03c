// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import io.merge4j.MergeListener;

/// Adds up what workers write and tells the listener, not more often than it matters.
final class Progress {

  private static final long INTERVAL_NANOS = 50_000_000;

  private final MergeListener listener;
  private final long total;
  private long written;
  private long told;

  Progress(MergeListener listener, long total) {
    this.listener = listener;
    this.total = total;
    this.told = System.nanoTime() - INTERVAL_NANOS;
  }

  synchronized void add(long bytes) {
    written += bytes;
    long now = System.nanoTime();
    if (written == total || now - told >= INTERVAL_NANOS) {
      told = now;
      listener.progress(written, total);
    }
  }
}
