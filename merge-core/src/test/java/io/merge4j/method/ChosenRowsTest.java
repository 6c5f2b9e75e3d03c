// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.tensor.Shape;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChosenRowsTest {

  private static int[] random(int row, long seed) {
    Random random = new Random(seed);
    int[] kept = new int[row];
    Arrays.setAll(kept, j -> random.nextBoolean() ? -1 : 0);
    return kept;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 63, 64, 65, 200})
  void rows_come_back_that_were_put_in(int row) {
    ChosenRows rows = new ChosenRows(5, row, 2, Arena.ofAuto());
    int[] kept = new int[row];
    assertThat(rows.get(3L * row, kept)).isFalse();
    rows.put(3L * row, random(row, 3));
    rows.put(4L * row, random(row, 4));
    assertThat(rows.get(2L * row, kept)).isFalse();
    assertThat(rows.get(3L * row, kept)).isTrue();
    assertThat(kept).isEqualTo(random(row, 3));
    assertThat(rows.get(4L * row, kept)).isTrue();
    assertThat(kept).isEqualTo(random(row, 4));
  }

  /// 16 MB of bits are kept of a weight, however many models it has.
  @ParameterizedTest
  @CsvSource({"2097152, 1, true", "2097153, 1, false", "104857, 20, true", "104858, 20, false"})
  void rows_are_kept_as_long_as_those_of_all_models_have_room(
      long count, int models, boolean hasRoom) {
    ChosenRows rows = new ChosenRows(count, 64, models, Arena.ofAuto());
    rows.put(0, random(64, 1));
    assertThat(rows.get(0, new int[64])).isEqualTo(hasRoom);
    assertThat(ChosenRows.bytes(Shape.of(count, 64), models)).isEqualTo(hasRoom ? count * 8 : 0);
  }
}
