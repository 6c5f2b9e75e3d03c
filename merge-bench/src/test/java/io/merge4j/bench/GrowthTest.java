// SPDX-License-Identifier: Apache-2.0
package io.merge4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.Maps;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class GrowthTest {

  private static final Contestant TIES = contestant("ties", "auto");

  private static Contestant contestant(String method, String kernels) {
    return new Contestant(method, method, kernels, List.of("true"), ImmutableList.of(), false);
  }

  private static Execution taking(double seconds) {
    return new Execution(seconds, 2 * seconds, 5_000_000);
  }

  private static Round round(int layers, int models, double... seconds) {
    ImmutableListMultimap.Builder<Contestant, Execution> executions =
        ImmutableListMultimap.builder();
    for (double each : seconds) {
      executions.put(TIES, taking(each));
    }
    return round(new SyntheticModel(layers, 32000), models, executions.build());
  }

  private static Round round(
      SyntheticModel model, int models, ImmutableListMultimap<Contestant, Execution> executions) {
    Footprint footprint = new Footprint(100_000_000, 300_000_000, OptionalDouble.empty());
    return new Round(
        model, models, Maps.toMap(executions.keySet(), contestant -> footprint), executions);
  }

  @Test
  void an_added_model_costs_the_difference_of_medians_per_model() {
    MarkdownTable table =
        Growth.byModels(List.of(round(1, 2, 9, 4, 1), round(1, 5, 7), round(1, 10, 22)));

    assertThat(table)
        .hasToString(
            """
            | | models | seconds | s per added model | anonymous MB | resident MB |
            |---|---:|---:|---:|---:|---:|
            | ties | 2 | 4.00 | | 100 | 300 |
            | ties | 5 | 7.00 | 1.00 | 100 | 300 |
            | ties | 10 | 22.00 | 3.00 | 100 | 300 |
            """);
  }

  @Test
  void sizes_are_compared_by_the_time_per_parameter() {
    MarkdownTable table = Growth.bySize(List.of(round(22, 2, 2.2), round(44, 2, 4.14)));

    assertThat(table.toString())
        .contains("| ties | 1.10 | 2.20 | 2.00 | 100 | 300 |")
        .contains("| ties | 2.07 | 4.14 | 2.00 | 100 | 300 |");
  }

  @Test
  void a_round_shows_ratios_to_the_copy_and_between_kernels() {
    Round round =
        round(
            new SyntheticModel(1, 100),
            2,
            ImmutableListMultimap.of(
                new Contestant(
                    Contestant.COPY, "", "auto", List.of("cp"), ImmutableList.of(), false),
                taking(2),
                contestant("linear", "scalar"),
                taking(6),
                contestant("linear", "vector"),
                taking(4)));

    assertThat(round.table().toString())
        .contains("| linear | 6.00 | 6.00 - 6.00 | 3.00 | 12.00 | 100 | 300 | | 5 |");
    assertThat(round.kernels().orElseThrow().toString())
        .endsWith("| linear | 6.00 | 4.00 | 1.50 |\n");
  }
}
