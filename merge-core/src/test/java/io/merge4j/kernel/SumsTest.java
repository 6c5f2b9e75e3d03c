// SPDX-License-Identifier: Apache-2.0
package io.merge4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SumsTest {

  private static final String ALL = "io.merge4j.kernel.KernelSets#all";
  private static final long SEED = 4711;

  /// The definition: element i goes to lane i modulo their number, the lanes are folded in halves.
  static double inLanes(int number, int count, IntToDoubleFunction terms) {
    double[] lanes = new double[number];
    for (int i = 0; i < count; i++) {
      lanes[i % number] += terms.applyAsDouble(i);
    }
    for (int half = number / 2; half > 0; half /= 2) {
      for (int j = 0; j < half; j++) {
        lanes[j] += lanes[j + half];
      }
    }
    return lanes[0];
  }

  private static float[] random(Random random, int length) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(9) - 4));
    }
    return values;
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void small_integers_sum_exactly(Kernels kernels) {
    float[] a = new float[1000];
    float[] b = new float[1000];
    for (int i = 0; i < 1000; i++) {
      a[i] = i;
      b[i] = i % 2 == 0 ? 1 : -2;
    }
    assertThat(kernels.dot(a, b, 0, 4)).isEqualTo(0 - 2 + 2 - 6);
    assertThat(kernels.dot(a, b, 0, 1000)).isEqualTo(249500 - 2 * 250000);
    assertThat(kernels.sumAbs(b, 0, 1000)).isEqualTo(1500);
    assertThat(kernels.sumAbs(b, 1, 3)).isEqualTo(5);
    assertThat(kernels.dot(a, b, 500, 0)).isZero();
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void sums_follow_the_lanes(Kernels kernels) {
    Random random = new Random(SEED);
    float[] a = random(random, 5000);
    float[] b = random(random, 5000);
    for (int count :
        new int[] {0, 1, 2, 3, 33, 255, 256, 257, 511, 512, 513, 1023, 1025, 4096, 4097}) {
      int at = random.nextInt(900);
      assertThat(kernels.dot(a, b, at, count))
          .as("dot of %d elements, seed %d", count, SEED)
          .isEqualTo(inLanes(512, count, i -> (double) a[at + i] * b[at + i]));
      assertThat(kernels.sumAbs(a, at, count))
          .as("magnitudes of %d elements, seed %d", count, SEED)
          .isEqualTo(inLanes(512, count, i -> Math.abs((double) a[at + i])));
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void all_products_are_those_of_the_pairs_and_are_added(Kernels kernels) {
    Random random = new Random(SEED);
    float[][] x = {random(random, 321), random(random, 321), random(random, 321)};
    for (int n = 0; n <= 3; n++) {
      double[] sums = {1, 2, 3, 4, 5, 6};
      kernels.gram(x, n, 2, 300, sums);
      int pair = 0;
      for (int i = 0; i < n; i++) {
        for (int j = i; j < n; j++, pair++) {
          assertThat(sums[pair])
              .as("<x%d, x%d> of %d, seed %d", i, j, n, SEED)
              .isEqualTo(pair + 1 + kernels.dot(x[i], x[j], 2, 300));
        }
      }
      assertThat(pair == 6 ? 0 : sums[pair]).isEqualTo(pair == 6 ? 0 : pair + 1);
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void products_of_extreme_floats_neither_overflow_nor_vanish(Kernels kernels) {
    float[] large = {Float.MAX_VALUE, Float.MAX_VALUE};
    float[] small = {Float.MIN_VALUE, Float.MIN_VALUE};
    assertThat(kernels.dot(large, large, 0, 2))
        .isEqualTo(2 * (double) Float.MAX_VALUE * Float.MAX_VALUE);
    assertThat(kernels.dot(small, small, 0, 2)).isEqualTo(0x1p-297);
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void nan_and_infinity_spread(Kernels kernels) {
    for (int position = 0; position < 70; position += 3) {
      float[] x = new float[70];
      x[position] = Float.NEGATIVE_INFINITY;
      assertThat(kernels.sumAbs(x, 0, 70)).isInfinite();
      assertThat(kernels.dot(x, x, 0, 70)).isInfinite();
      assertThat(kernels.dot(x, new float[70], 0, 70)).isNaN();
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void ranges_that_leave_an_array_are_refused(Kernels kernels) {
    float[] ten = new float[10];
    float[] nine = new float[9];
    float[][] both = {ten, nine};
    assertThatThrownBy(() -> kernels.dot(ten, nine, 0, 10))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> kernels.gram(both, 2, 0, 10, new double[3]))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> kernels.sumAbs(nine, 0, 10))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }
}
