// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
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
    ChosenRows rows = new ChosenRows(5, row);
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

  @Test
  void nothing_is_kept_of_a_tensor_that_is_too_large() {
    ChosenRows rows = new ChosenRows(1L << 33, 3);
    rows.put(0, random(3, 1));
    assertThat(rows.get(0, new int[3])).isFalse();
  }
}
