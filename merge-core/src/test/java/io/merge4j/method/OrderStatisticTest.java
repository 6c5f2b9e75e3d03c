// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OrderStatisticTest {

  private static Words words(int[]... parts) {
    return some -> {
      for (int[] part : parts) {
        // What is beyond the count does not belong to it.
        some.take(Arrays.copyOf(part, part.length + 1), part.length);
      }
    };
  }

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
      assertThat(OrderStatistic.largest(words(values), sorted[0], sorted[sorted.length - 1], k))
          .isEqualTo(expected);
      assertThat(OrderStatistic.largest(words(values), 0, Integer.MAX_VALUE, k))
          .isEqualTo(expected);
      values[0] = Integer.MAX_VALUE;
      assertThat(OrderStatistic.largest(words(values), 0, Integer.MAX_VALUE, 1).bits())
          .isEqualTo(Integer.MAX_VALUE);
    }
  }

  /// More than are gathered at once, in one bin or in few.
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 5000, 1 << 22, Integer.MAX_VALUE})
  void finds_it_among_very_many(int bound) {
    int[] values = new Random(6).ints(200_000, 0, bound).toArray();
    int[] sorted = Arrays.stream(values).sorted().toArray();
    Words parts = words(Arrays.copyOf(values, 77_777), Arrays.copyOfRange(values, 77_777, 200_000));
    for (int k : new int[] {1, 2, 1000, 99_999, 199_999, 200_000}) {
      int bits = sorted[values.length - k];
      long equal =
          Arrays.stream(sorted, values.length - k, values.length).filter(v -> v == bits).count();
      assertThat(OrderStatistic.largest(parts, 0, Integer.MAX_VALUE, k))
          .isEqualTo(new OrderStatistic(bits, equal));
      assertThat(OrderStatistic.largest(parts, sorted[0], sorted[values.length - 1], k))
          .isEqualTo(new OrderStatistic(bits, equal));
    }
  }

  /// As many in one bin as are gathered, one less and one more, those of other bins last.
  @ParameterizedTest
  @ValueSource(ints = {32_767, 32_768, 32_769})
  void finds_it_in_a_bin_as_large_as_is_gathered(int size) {
    int[] values = new int[size + 1000];
    Arrays.setAll(values, i -> i < size ? 5_000_000 + i : i % 2 == 0 ? 1 : 1 << 30);
    assertThat(OrderStatistic.largest(words(values), 0, Integer.MAX_VALUE, 500 + size))
        .isEqualTo(new OrderStatistic(5_000_000, 1));
    assertThat(OrderStatistic.largest(words(values), 0, Integer.MAX_VALUE, 501))
        .isEqualTo(new OrderStatistic(5_000_000 + size - 1, 1));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 5, 7})
  void looks_at_all_parts(int k) {
    Words parts = words(new int[] {3, 9}, new int[0], new int[] {9, 1, 1 << 30, 0, 5});
    int[] sorted = {1 << 30, 9, 9, 5, 3, 1, 0};

    assertThat(OrderStatistic.largest(parts, 0, 1 << 30, k).bits()).isEqualTo(sorted[k - 1]);
  }
}
