// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RankedRowTest {

  private static final long KEY = 11;
  private static final double DENSITY = 0.6;
  private static final double EPSILON = 0.3;

  /// Widely spread, much alike, few different, or hostile.
  private static float value(Random random, int kind) {
    return switch (kind) {
      case 0 -> (float) (random.nextGaussian() * Math.pow(10, random.nextInt(-40, 38)));
      case 1 -> 1 + random.nextFloat() * 1e-6f;
      case 2 -> random.nextInt(-3, 4) * 0.25f;
      default -> Float.intBitsToFloat(random.nextInt());
    };
  }

  private static float[] kept(float[] d, int start) {
    int n = d.length - start;
    Integer[] order = IntStream.range(0, n).boxed().toArray(Integer[]::new);
    Arrays.sort(
        order,
        Comparator.<Integer>comparingInt(j -> Cut.magnitude(d[start + j]))
            .thenComparing(Comparator.reverseOrder()));
    float[] expected = new float[n];
    for (int rank = 0; rank < n; rank++) {
      int j = order[rank];
      double step = n == 1 ? 0 : 2 * EPSILON / (n - 1);
      double probability = n == 1 ? DENSITY : DENSITY - EPSILON + step * rank;
      boolean stays = CounterRandom.uniform(KEY, start + j) < probability;
      expected[j] = stays ? d[start + j] : 0;
    }
    return expected;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 17, 100, 1000, 2048, 5000, 70_000})
  void the_same_elements_stay_as_by_sorting_all(int size) {
    Random random = new Random(size);
    RankedRow row = RankedRow.ofThread(0, size, new Object());
    for (int kind = 0; kind < 4; kind++) {
      int start = 5 + kind;
      float[] d = new float[start + size];
      for (int j = 0; j < d.length; j++) {
        // Less a base of 0, which turns signalling NaNs into quiet ones.
        d[j] = value(random, kind) - 0f;
      }
      row.read(new FakeOperands(new float[][] {d, new float[d.length]}, 1, 1), 0, start);
      row.choose(DENSITY, EPSILON, KEY);
      float[] actual = Arrays.copyOfRange(d, start, d.length);
      Mask.keep(row.kept(), 0, actual, 0, size);
      assertThat(bits(actual)).as("kind %d", kind).isEqualTo(bits(kept(d, start)));
    }
  }

  @Test
  void serves_rows_of_other_sizes_one_after_the_other() {
    for (int size : new int[] {3000, 17, 2048, 1, 3000}) {
      the_same_elements_stay_as_by_sorting_all(size);
    }
  }

  @Test
  void knows_its_row_until_another_owner_comes() {
    Object owner = new Object();
    float[] d = {1, 2, 3};
    RankedRow.ofThread(1, 3, owner).take(d, 0, 0);
    assertThat(RankedRow.ofThread(1, 3, owner).holds(0)).isTrue();
    assertThat(RankedRow.ofThread(2, 3, owner).holds(0)).isFalse();
    assertThat(RankedRow.ofThread(1, 3, new Object()).holds(0)).isFalse();
  }

  /// Without the sign of zeros.
  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    Arrays.setAll(bits, j -> values[j] == 0 ? 0 : Float.floatToIntBits(values[j]));
    return bits;
  }
}
