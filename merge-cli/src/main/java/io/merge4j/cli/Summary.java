// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import io.merge4j.Bytes;
import io.merge4j.MergePlan;
import io.merge4j.MergeReport;
import java.io.PrintWriter;
import java.util.Locale;

/// A finished merge in a line, and a note for what was odd.
final class Summary {

  private static final int MOST_FINDINGS = 10;

  private Summary() {}

  static void print(MergeReport report, PrintWriter out) {
    report.plan().remarks().forEach(Notes::note);
    report.findings().entrySet().stream()
        .limit(MOST_FINDINGS)
        .forEach(found -> Notes.note(found.getKey() + ": " + String.join("; ", found.getValue())));
    int more = report.findings().size() - MOST_FINDINGS;
    if (more > 0) {
      Notes.note("and likewise in %d more tensors; --report FILE lists them".formatted(more));
    }
    if (report.takenOver() > 0) {
      Notes.note(
          "%d of %d tensors were taken over from a merge that was cut short"
              .formatted(report.takenOver(), report.plan().weights().size()));
    }
    out.println(line(report));
  }

  static String line(MergeReport report) {
    MergePlan plan = report.plan();
    return String.format(
        Locale.ROOT,
        "Wrote %s: %s, %,d tensors, %,d parameters, %s in %.2f s (%s/s)",
        report.directory(),
        plan.method().name(),
        plan.layout().tensors().size(),
        plan.parameters(),
        Bytes.print(plan.layout().bytes()),
        report.time().toNanos() / 1e9,
        Bytes.print(Math.round(report.bytesPerSecond())));
  }
}
