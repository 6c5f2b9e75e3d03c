// SPDX-License-Identifier: Apache-2.0
package io.merge4j.bench;

import static io.merge4j.bench.MarkdownTable.number;

import com.google.common.collect.ImmutableSet;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// How time and memory grow with the size of models and with their number.
final class Growth {

  private Growth() {}

  /// A row for each command and size, all of one number of models.
  static MarkdownTable bySize(List<Round> rounds) {
    MarkdownTable table =
        new MarkdownTable(
            List.of("", "10^9 parameters", "seconds", "s per 10^9", "anonymous MB", "resident MB"));
    for (String name : names(rounds)) {
      for (Point point : points(name, rounds)) {
        double size = point.round.model().parameters() * 1e-9;
        table.add(
            List.of(
                name,
                number(size, 2),
                number(point.seconds(), 2),
                number(point.seconds() / size, 2),
                number(point.anonymous(), 0),
                number(point.resident(), 0)));
      }
    }
    return table;
  }

  /// A row for each merge and number of models, all of one size; without those that ran with one
  /// number only.
  static MarkdownTable byModels(List<Round> rounds) {
    MarkdownTable table =
        new MarkdownTable(
            List.of("", "models", "seconds", "s per added model", "anonymous MB", "resident MB"));
    for (String name : names(rounds)) {
      List<Point> points = points(name, rounds);
      if (points.size() < 2 || name.equals(Contestant.COPY)) {
        continue;
      }
      points.sort(Comparator.comparingInt(point -> point.round.models()));
      for (int i = 0; i < points.size(); i++) {
        Point point = points.get(i);
        table.add(
            List.of(
                name,
                Integer.toString(point.round.models()),
                number(point.seconds(), 2),
                i == 0 ? "" : number(point.perModelSince(points.get(i - 1)), 2),
                number(point.anonymous(), 0),
                number(point.resident(), 0)));
      }
    }
    return table;
  }

  private record Point(Round round, Contestant contestant) {

    double seconds() {
      return round.median(contestant, Execution::seconds);
    }

    double anonymous() {
      return round.footprint(contestant).anonymous() * 1e-6;
    }

    double resident() {
      return round.footprint(contestant).resident() * 1e-6;
    }

    double perModelSince(Point fewer) {
      return (seconds() - fewer.seconds()) / (round.models() - fewer.round.models());
    }
  }

  private static ImmutableSet<String> names(List<Round> rounds) {
    return rounds.stream()
        .flatMap(round -> round.executions().keySet().stream())
        .map(Contestant::name)
        .collect(ImmutableSet.toImmutableSet());
  }

  private static List<Point> points(String name, List<Round> rounds) {
    List<Point> points = new ArrayList<>();
    for (Round round : rounds) {
      for (Contestant contestant : round.executions().keySet()) {
        if (contestant.name().equals(name)) {
          points.add(new Point(round, contestant));
        }
      }
    }
    return points;
  }
}
