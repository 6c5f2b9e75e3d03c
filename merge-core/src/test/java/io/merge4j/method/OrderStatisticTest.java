// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OrderStatisticTest {

  /// Bounds of the values: few and many of equal size, in one bin and in all, up to NaN.
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 20, 3000, 1 << 20, Integer.MAX_VALUE})
  void finds_the_largest_of_every_rank(int bound) {
    Random random = new Random(5);
    for (int round = 0; round < 200; round++) {
      int[] values = random.ints(1 + random.nextInt(300), 0, bound).toArray();
      int least = random.nextInt(Integer.MAX_VALUE - bound + 1);
      Arrays.setAll(values, i -> values[i] + least);
      int[] sorted = Arrays.stream(values).sorted().toArray();
      int k = 1 + random.nextInt(values.length);
      int bits = sorted[values.length - k];
      long equal =
          Arrays.stream(sorted, values.length - k, values.length).filter(v -> v == bits).count();

      OrderStatistic expected = new OrderStatistic(bits, equal);
      assertThat(OrderStatistic.largest(List.of(values), sorted[0], sorted[sorted.length - 1], k))
          .isEqualTo(expected);
      assertThat(OrderStatistic.largest(List.of(values), 0, Integer.MAX_VALUE, k))
          .isEqualTo(expected);
      values[0] = Integer.MAX_VALUE;
      assertThat(OrderStatistic.largest(List.of(values), 0, Integer.MAX_VALUE, 1).bits())
          .isEqualTo(Integer.MAX_VALUE);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 5, 7})
  void looks_at_all_parts(int k) {
    List<int[]> parts = List.of(new int[] {3, 9}, new int[0], new int[] {9, 1, 1 << 30, 0, 5});
    int[] sorted = {1 << 30, 9, 9, 5, 3, 1, 0};

    assertThat(OrderStatistic.largest(parts, 0, 1 << 30, k).bits()).isEqualTo(sorted[k - 1]);
  }
}
