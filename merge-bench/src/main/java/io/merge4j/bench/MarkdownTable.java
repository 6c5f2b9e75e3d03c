// SPDX-License-Identifier: Apache-2.0
package io.merge4j.bench;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// A table in Markdown: the first column is text, the others are numbers.
final class MarkdownTable {

  private final ImmutableList<String> columns;
  private final List<ImmutableList<String>> rows = new ArrayList<>();

  MarkdownTable(List<String> columns) {
    this.columns = ImmutableList.copyOf(columns);
  }

  /// Adds a row.
  ///
  /// @throws IllegalArgumentException if it has another number of cells than there are columns
  void add(List<String> cells) {
    if (cells.size() != columns.size()) {
      throw new IllegalArgumentException(
          "Row %s has %d cells, expected %d".formatted(cells, cells.size(), columns.size()));
    }
    rows.add(ImmutableList.copyOf(cells));
  }

  /// A number with so many decimals, whatever the locale; nothing of a number that is none.
  static String number(double value, int decimals) {
    return Double.isFinite(value) ? String.format(Locale.ROOT, "%." + decimals + "f", value) : "";
  }

  /// A number with three digits.
  static String number(double value) {
    double magnitude = Math.abs(value);
    return number(value, magnitude >= 100 ? 0 : magnitude >= 10 ? 1 : magnitude >= 1 ? 2 : 3);
  }

  @Override
  public String toString() {
    List<String> rule = new ArrayList<>(Collections.nCopies(columns.size(), "---:"));
    rule.set(0, "---");
    String below = rows.stream().map(MarkdownTable::line).collect(Collectors.joining());
    return line(columns) + String.join("|", rule).transform("|%s|\n"::formatted) + below;
  }

  private static String line(List<String> cells) {
    return cells.stream()
        .map(cell -> cell.isEmpty() ? " " : " " + cell + " ")
        .collect(Collectors.joining("|", "|", "|\n"));
  }
}
