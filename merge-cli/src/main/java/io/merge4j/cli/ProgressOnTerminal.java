// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import io.merge4j.MergePlan;
import java.io.PrintWriter;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/// Progress as a bar with rate and time left, which goes when the merge is done.
final class ProgressOnTerminal implements Progress {

  private static final int DEFAULT_WIDTH = 80;
  private static final long MEGABYTE = 1_000_000;

  private final PrintWriter err;
  private @Nullable ProgressBar bar;
  private String fetched = "";

  ProgressOnTerminal(PrintWriter err) {
    this.err = err;
  }

  @Override
  public void fetching(String model, long received, long total) {
    if (!fetched.equals(model)) {
      fetched = model;
      begin(model, total);
    }
    progress(received, total);
  }

  @Override
  public void sending(String repo, long sent, long total) {
    fetching(repo, sent, total);
  }

  @Override
  public void started(MergePlan plan) {
    begin(plan.method().name(), plan.bytes());
  }

  private void begin(String task, long bytes) {
    close();
    int width = width(System.getenv("COLUMNS")) - 1;
    bar =
        new ProgressBarBuilder()
            .setTaskName(task)
            .setInitialMax(bytes)
            .setUnit(" MB", MEGABYTE)
            .showSpeed()
            .setUpdateIntervalMillis(100)
            .setStyle(ProgressBarStyle.ASCII)
            .setConsumer(new DelegatingProgressBarConsumer(this::draw, width))
            .build();
  }

  private void draw(String line) {
    err.print("\r" + line);
    err.flush();
  }

  @Override
  public void progress(long written, long total) {
    if (bar != null) {
      bar.stepTo(written);
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
      draw("\u001b[K"); // erases the line
    }
  }

  private static int width(@Nullable String columns) {
    try {
      return columns == null ? DEFAULT_WIDTH : Math.max(40, Integer.parseInt(columns.strip()));
    } catch (NumberFormatException e) {
      return DEFAULT_WIDTH;
    }
  }
}
