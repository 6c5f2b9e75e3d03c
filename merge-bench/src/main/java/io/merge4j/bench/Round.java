// SPDX-License-Identifier: Apache-2.0
package io.merge4j.bench;

import static io.merge4j.bench.MarkdownTable.number;
import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableMap;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/// All executions at one size and number of models.
///
/// @param model the size
/// @param models number of fine-tunes
/// @param footprints of each command, from an execution that is not among the others
/// @param executions of each command, in the order in which they ran
record Round(
    SyntheticModel model,
    int models,
    ImmutableMap<Contestant, Footprint> footprints,
    ImmutableListMultimap<Contestant, Execution> executions) {

  /// The median of what the executions of one command took.
  double median(Contestant contestant, ToDoubleFunction<Execution> of) {
    double[] values = executions.get(contestant).stream().mapToDouble(of).toArray();
    Arrays.sort(values);
    return values.length == 0 ? Double.NaN : values[values.length / 2];
  }

  Footprint footprint(Contestant contestant) {
    return requireNonNull(footprints.get(contestant));
  }

  /// Everything that was measured, by command.
  MarkdownTable table() {
    MarkdownTable table =
        new MarkdownTable(
            List.of(
                "",
                "seconds",
                "min - max",
                "x cp",
                "processor s",
                "anonymous MB",
                "resident MB",
                "first write s",
                "output MB"));
    double copy =
        find("", "auto")
            .map(contestant -> median(contestant, Execution::seconds))
            .orElse(Double.NaN);
    for (Contestant each : executions.keySet()) {
      double seconds = median(each, Execution::seconds);
      double[] all = executions.get(each).stream().mapToDouble(Execution::seconds).toArray();
      table.add(
          List.of(
              each.name(),
              number(seconds, 2),
              number(Arrays.stream(all).min().orElse(0), 2)
                  + " - "
                  + number(Arrays.stream(all).max().orElse(0), 2),
              number(seconds / copy, 2),
              number(median(each, Execution::processor), 2),
              number(footprint(each).anonymous() * 1e-6, 0),
              number(footprint(each).resident() * 1e-6, 0),
              number(footprint(each).firstWrite().orElse(Double.NaN), 2),
              number(median(each, Execution::written) * 1e-6, 0)));
    }
    return table;
  }

  /// Scalar kernels beside vector ones, for the methods that ran with both.
  Optional<MarkdownTable> kernels() {
    MarkdownTable table = new MarkdownTable(List.of("", "scalar s", "vector s", "scalar : vector"));
    boolean any = false;
    for (Contestant scalar : executions.keySet()) {
      Optional<Contestant> vector = find(scalar.method(), "vector");
      if (scalar.kernels().equals("scalar") && vector.isPresent()) {
        double slow = median(scalar, Execution::seconds);
        double fast = median(vector.get(), Execution::seconds);
        table.add(
            List.of(scalar.method(), number(slow, 2), number(fast, 2), number(slow / fast, 2)));
        any = true;
      }
    }
    return any ? Optional.of(table) : Optional.empty();
  }

  private Optional<Contestant> find(String method, String kernels) {
    return executions.keySet().stream()
        .filter(each -> each.method().equals(method) && each.kernels().equals(kernels))
        .findFirst();
  }
}
