// SPDX-License-Identifier: Apache-2.0
package io.merge4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class WeightedSumTest {

  private static final String ALL = "io.merge4j.kernel.KernelSets#all";
  private static final long SEED = 1977;

  private static float[] sum(Kernels kernels, double[] c, float[]... x) {
    float[] out = new float[x[0].length];
    kernels.weightedSum(c, x, c.length, out, 0, out.length);
    return out;
  }

  private static float[] filled(int length, float value) {
    float[] values = new float[length];
    Arrays.fill(values, value);
    return values;
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void small_sums_are_right(Kernels kernels) {
    float[][] x = {{1, 2, 3}, {10, 20, 30}, {100, 200, 300}, {0.5f, 0, -0.5f}, {8, 8, 8}};
    assertThat(sum(kernels, new double[] {-2}, x)).containsExactly(-2, -4, -6);
    assertThat(sum(kernels, new double[] {0.5, 0.25}, x)).containsExactly(3, 6, 9);
    assertThat(sum(kernels, new double[] {1, 1, 1}, x)).containsExactly(111, 222, 333);
    assertThat(sum(kernels, new double[] {1, 1, 1, 2}, x)).containsExactly(112, 222, 332);
    assertThat(sum(kernels, new double[] {1, 0, 1, 2, 0.125}, x)).containsExactly(103, 203, 303);
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void sums_are_taken_in_float64_in_the_order_of_the_operands(Kernels kernels) {
    Random random = new Random(SEED);
    for (int n = 1; n <= 9; n++) {
      double[] c = random.doubles(n, -2, 2).toArray();
      float[][] x = new float[n][1203];
      for (float[] operand : x) {
        for (int i = 0; i < operand.length; i++) {
          operand[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(20) - 10));
        }
      }
      float[] out = sum(kernels, c, x);
      for (int i = 0; i < out.length; i++) {
        double expected = c[0] * x[0][i];
        for (int k = 1; k < n; k++) {
          expected += c[k] * x[k][i];
        }
        assertThat(out[i])
            .as("element %d of %d operands, seed %d", i, n, SEED)
            .isEqualTo((float) expected);
      }
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void only_the_range_is_written(Kernels kernels) {
    float[] x = filled(100, 3);
    float[] out = filled(100, 7);
    kernels.weightedSum(new double[] {2, 1}, new float[][] {x, x}, 2, out, 5, 60);
    assertThat(Arrays.copyOf(out, 5)).containsOnly(7);
    assertThat(Arrays.copyOfRange(out, 5, 65)).containsOnly(9);
    assertThat(Arrays.copyOfRange(out, 65, 100)).containsOnly(7);
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void an_operand_with_coefficient_0_is_left_out(Kernels kernels) {
    float[] nan = filled(40, Float.NaN);
    float[] infinite = filled(40, Float.POSITIVE_INFINITY);
    float[] one = filled(40, 1);
    assertThat(sum(kernels, new double[] {0, 0.5, -0.0}, nan, one, infinite)).containsOnly(0.5f);
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void the_sum_of_nothing_is_positive_zero(Kernels kernels) {
    for (float zero : sum(kernels, new double[] {0, 0}, filled(40, -1), filled(40, -1))) {
      assertThat(Float.floatToRawIntBits(zero)).isZero();
    }
    float[] out = filled(3, 5);
    kernels.weightedSum(new double[0], new float[0][], 0, out, 0, 3);
    assertThat(out).containsOnly(0f);
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void a_single_coefficient_of_1_copies_bits(Kernels kernels) {
    int[] bits = {0x80000000, 0x7f800001, 0xffc12345, 1, 0x3f800001, 0x7f800000};
    float[] x = new float[bits.length];
    for (int i = 0; i < bits.length; i++) {
      x[i] = Float.intBitsToFloat(bits[i]);
    }
    float[] out = sum(kernels, new double[] {0, 1, 0}, filled(6, 1), x, filled(6, 2));
    for (int i = 0; i < bits.length; i++) {
      assertThat(Float.floatToRawIntBits(out[i])).isEqualTo(bits[i]);
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void negative_zero_and_overflow_are_as_in_ieee_754(Kernels kernels) {
    float[] negativeZero = filled(40, -0f);
    float[] max = filled(40, Float.MAX_VALUE);
    assertThat(sum(kernels, new double[] {2}, negativeZero)).containsOnly(-0f);
    assertThat(sum(kernels, new double[] {1, 1}, negativeZero, negativeZero)).containsOnly(-0f);
    assertThat(sum(kernels, new double[] {1, -1}, max, max)).containsOnly(0f);
    assertThat(sum(kernels, new double[] {Double.NaN, 1}, max, max)).containsOnly(Float.NaN);
    assertThat(sum(kernels, new double[] {1, 1}, max, max)).containsOnly(Float.POSITIVE_INFINITY);
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void ranges_that_leave_an_array_are_refused(Kernels kernels) {
    double[] c = {1, 0};
    float[][] x = {new float[10], new float[9]};
    assertThatThrownBy(() -> kernels.weightedSum(c, x, 2, new float[10], 0, 10))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> kernels.weightedSum(c, x, 1, new float[9], 0, 10))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }
}
