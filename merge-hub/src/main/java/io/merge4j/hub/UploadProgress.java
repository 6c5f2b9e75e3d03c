// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/// Counts what is sent, and passes it on to a listener, one call at a time and not too often.
final class UploadProgress {

  private static final long INTERVAL = Duration.ofMillis(100).toNanos();

  private final UploadListener listener;
  private long total;
  private long sent;
  private long lastCall;

  UploadProgress(UploadListener listener) {
    this.listener = listener;
    this.lastCall = System.nanoTime() - INTERVAL;
  }

  /// What was counted at some time.
  record Mark(long total, long sent) {}

  synchronized Mark mark() {
    return new Mark(total, sent);
  }

  /// What was counted since then begins anew.
  synchronized void backTo(Mark mark) {
    total = mark.total();
    sent = mark.sent();
  }

  /// More has to be sent.
  synchronized void expect(long bytes) {
    total += bytes;
  }

  /// More has been sent, or less than was thought.
  private synchronized void moved(long bytes) {
    sent += bytes;
    long now = System.nanoTime();
    if (bytes != 0 && (now - lastCall >= INTERVAL || sent == total)) {
      lastCall = now;
      listener.advanced(sent, total);
    }
  }

  /// Counts what is read of a part's content.
  ///
  /// @param counted bytes counted for the part; those of an attempt that failed are taken back
  InputStream count(InputStream content, AtomicLong counted) {
    moved(-counted.getAndSet(0));
    return new FilterInputStream(content) {
      @Override
      public int read() throws IOException {
        int value = super.read();
        add(value < 0 ? 0 : 1);
        return value;
      }

      @Override
      public int read(byte[] into, int at, int length) throws IOException {
        int count = super.read(into, at, length);
        add(Math.max(0, count));
        return count;
      }

      private void add(int bytes) {
        counted.addAndGet(bytes);
        moved(bytes);
      }
    };
  }
}
