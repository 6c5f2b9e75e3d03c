// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ProgressTest {

  private final StringWriter err = new StringWriter();
  private final long[] now = {0};

  private ProgressLines started() {
    ProgressLines lines = new ProgressLines(new PrintWriter(err), () -> now[0]);
    lines.started(null);
    return lines;
  }

  @Test
  void a_short_merge_prints_no_lines() {
    ProgressLines lines = started();
    now[0] = Duration.ofSeconds(4).toNanos();
    lines.progress(50, 100);
    now[0] = Duration.ofSeconds(6).toNanos();
    lines.progress(100, 100);

    assertThat(err.toString()).isEmpty();
  }

  @Test
  void a_long_merge_prints_a_line_now_and_then() {
    ProgressLines lines = started();
    for (int second = 1; second < 100; second++) {
      now[0] = Duration.ofSeconds(second).toNanos();
      lines.progress(second * 10_000_000L, 1_000_000_000);
    }

    assertThat(err.toString().lines())
        .containsExactly(
            "  5 %  50.0 MB of 1.00 GB  10.0 MB/s  95 s left",
            " 15 %  150 MB of 1.00 GB  10.0 MB/s  85 s left",
            " 35 %  350 MB of 1.00 GB  10.0 MB/s  65 s left",
            " 75 %  750 MB of 1.00 GB  10.0 MB/s  25 s left");
  }

  @Test
  void quiet_shows_nothing() {
    try (Progress progress = Progress.display(new PrintWriter(err), true)) {
      progress.progress(1, 2);
    }
    assertThat(err.toString()).isEmpty();
  }
}
