// SPDX-License-Identifier: Apache-2.0
package io.merge4j.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class MarkdownTableTest {

  @Test
  void text_is_on_the_left_and_numbers_are_on_the_right() {
    MarkdownTable table = new MarkdownTable(List.of("", "seconds"));
    table.add(List.of("cp", MarkdownTable.number(0.734, 2)));
    table.add(List.of("ties", ""));

    assertThat(table)
        .hasToString(
            """
            | | seconds |
            |---|---:|
            | cp | 0.73 |
            | ties | |
            """);
  }

  @Test
  void a_number_has_three_digits_and_one_that_is_none_has_no_text() {
    assertThat(MarkdownTable.number(1234.5)).isEqualTo("1235");
    assertThat(MarkdownTable.number(12.345)).isEqualTo("12.3");
    assertThat(MarkdownTable.number(1.2345)).isEqualTo("1.23");
    assertThat(MarkdownTable.number(0.1235)).isEqualTo("0.124");
    assertThat(MarkdownTable.number(Double.NaN)).isEmpty();
    assertThat(MarkdownTable.number(1.0 / 0)).isEmpty();
  }

  @Test
  void a_row_of_another_length_is_refused() {
    MarkdownTable table = new MarkdownTable(List.of("", "seconds"));

    assertThatThrownBy(() -> table.add(List.of("cp")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("has 1 cells, expected 2");
  }

  @Test
  void kernels_stand_side_by_side_under_what_the_machine_copies() {
    List<Measured> measured =
        List.of(
            new Measured("Memory: cache", "scalar", 2, "10^9 elements/s", 20),
            new Measured("Memory: memory", "scalar", 1, "10^9 elements/s", 10),
            new Measured("Dot: one", "scalar", 0.5, "10^9 elements/s", 4),
            new Measured("Dot: one", "vector", 0.625, "10^9 elements/s", 5));

    assertThat(Roofline.table(measured).toString())
        .endsWith("| Dot: one | 10^9 elements/s | 0.500 | 0.625 | 1.25 | 5.00 | 25 | 50 |\n");
    assertThat(Measured.name("io.merge4j.bench.DotBenchmark.one")).isEqualTo("Dot: one");
  }
}
