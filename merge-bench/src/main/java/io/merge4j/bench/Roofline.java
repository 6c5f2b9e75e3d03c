// SPDX-License-Identifier: Apache-2.0
package io.merge4j.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Benchmarks side by side, scalar and vector, and beside what the machine can copy.
final class Roofline {

  private static final String CACHE = "Memory: cache";
  private static final String MEMORY = "Memory: memory";

  private Roofline() {}

  /// One row for each benchmark and set of parameters, in the order of the measurements.
  static MarkdownTable table(List<Measured> all) {
    Map<String, List<Measured>> byName = new LinkedHashMap<>();
    for (Measured measured : all) {
      byName.computeIfAbsent(measured.name(), name -> new ArrayList<>()).add(measured);
    }
    double cache = gigabytes(byName.getOrDefault(CACHE, List.of()));
    double memory = gigabytes(byName.getOrDefault(MEMORY, List.of()));
    MarkdownTable table =
        new MarkdownTable(
            List.of(
                "",
                "unit",
                "scalar",
                "vector",
                "vector : scalar",
                "GB/s",
                "% of copy in cache",
                "% of copy in memory"));
    byName.forEach((name, measured) -> {
      double scalar = value(measured, "scalar");
      double vector = value(measured, "vector");
      double rate = gigabytes(measured);
      table.add(
          List.of(
              name,
              measured.getFirst().unit(),
              MarkdownTable.number(scalar),
              MarkdownTable.number(vector),
              MarkdownTable.number(vector / scalar, 2),
              MarkdownTable.number(rate),
              MarkdownTable.number(100 * rate / cache, 0),
              MarkdownTable.number(100 * rate / memory, 0)));
    });
    return table;
  }

  private static double value(List<Measured> measured, String kernels) {
    return measured.stream()
        .filter(each -> each.kernels().equals(kernels))
        .mapToDouble(Measured::value)
        .findFirst()
        .orElse(Double.NaN);
  }

  /// Of the faster kernels; NaN if bytes were not counted.
  private static double gigabytes(List<Measured> measured) {
    return measured.stream().mapToDouble(Measured::gigabytes).max().orElse(Double.NaN);
  }
}
