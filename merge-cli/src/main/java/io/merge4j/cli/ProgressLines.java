// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import io.merge4j.Bytes;
import io.merge4j.MergePlan;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.function.LongSupplier;

/// Progress as plain lines, for logs: the first after a few seconds, then further and further
/// apart.
final class ProgressLines implements Progress {

  private static final long FIRST_NANOS = Duration.ofSeconds(5).toNanos();
  private static final long LONGEST_NANOS = Duration.ofMinutes(1).toNanos();

  private final PrintWriter err;
  private final LongSupplier clock;
  private long start;
  private long interval = FIRST_NANOS;
  private long next;
  private String fetched = "";

  ProgressLines(PrintWriter err) {
    this(err, System::nanoTime);
  }

  /// @param clock gives nanoseconds
  ProgressLines(PrintWriter err, LongSupplier clock) {
    this.err = err;
    this.clock = clock;
  }

  @Override
  public void fetching(String model, long received, long total) {
    if (!fetched.equals(model)) {
      fetched = model;
      begin();
    }
    advance(model + "  ", received, total);
  }

  @Override
  public void sending(String repo, long sent, long total) {
    fetching(repo, sent, total);
  }

  @Override
  public void started(MergePlan plan) {
    begin();
  }

  private void begin() {
    interval = FIRST_NANOS;
    start = clock.getAsLong();
    next = start + interval;
  }

  @Override
  public void progress(long written, long total) {
    advance("", written, total);
  }

  private void advance(String what, long written, long total) {
    long now = clock.getAsLong();
    if (now < next || written >= total) {
      return;
    }
    interval = Math.min(2 * interval, LONGEST_NANOS);
    next = now + interval;
    double rate = written / Math.max(1e-9, (now - start) / 1e9);
    err.println(
        what
            + String.format(
                Locale.ROOT,
                "%3d %%  %s of %s  %s/s  %.0f s left",
                100 * written / total,
                Bytes.print(written),
                Bytes.print(total),
                Bytes.print(Math.round(rate)),
                (total - written) / Math.max(1, rate)));
    err.flush();
  }
}
