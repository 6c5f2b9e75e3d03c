// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;

import com.google.common.collect.ImmutableList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A lineage as a tree of lines, and a line that counts licenses.
final class LineageText {

  private final Lineage lineage;
  private final Set<String> path = new LinkedHashSet<>();
  private final Set<String> shown = new HashSet<>();
  private final StringBuilder text = new StringBuilder();

  private LineageText(Lineage lineage) {
    this.lineage = lineage;
  }

  static String print(Lineage lineage) {
    LineageText printer = new LineageText(lineage);
    printer.model(lineage.root(), "", "");
    return printer.text.append('\n').append(licenses(lineage)).toString();
  }

  /// @param first what stands before the model's own line
  /// @param rest what stands before the lines of its parents
  private void model(String name, String first, String rest) {
    Ancestor model = requireNonNull(lineage.models().get(name));
    text.append(first).append(name);
    if (path.contains(name)) {
      text.append("  (cycle: comes from itself)\n");
      return;
    }
    describe(model);
    if (model.parents().isEmpty()) {
      text.append('\n');
      return;
    }
    if (!shown.add(name)) {
      text.append("  (parents above)\n");
      return;
    }
    text.append('\n');
    path.add(name);
    ImmutableList<String> parents = model.parents();
    for (int i = 0; i < parents.size(); i++) {
      boolean isLast = i == parents.size() - 1;
      model(parents.get(i), rest + (isLast ? "└─ " : "├─ "), rest + (isLast ? "   " : "│  "));
    }
    path.remove(name);
  }

  private void describe(Ancestor model) {
    text.append(
        Stream.of(model.licenseText(), model.relation(), model.state().text())
            .filter(part -> !part.isEmpty())
            .map(part -> "  [" + part + "]")
            .collect(joining()));
  }

  private static String licenses(Lineage lineage) {
    Map<String, Long> counts =
        lineage.models().values().stream()
            .map(model -> model.license().map(Object::toString).orElse("unknown"))
            .collect(
                Collectors.groupingBy(Function.identity(), TreeMap::new, Collectors.counting()));
    return "Licenses: "
        + counts.entrySet().stream()
            .map(count -> count.getKey() + " (" + count.getValue() + ")")
            .collect(joining(", "))
        + "\n";
  }
}
