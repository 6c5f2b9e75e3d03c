// SPDX-License-Identifier: Apache-2.0
package io.merge4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ElectionTest {

  private static final String ALL = "io.merge4j.kernel.KernelSets#all";
  private static final double NONE = Double.NEGATIVE_INFINITY;

  /// Enough of the same elements for whole vectors.
  private static float[] repeated(float... values) {
    float[] x = new float[33 * values.length];
    for (int i = 0; i < x.length; i++) {
      x[i] = values[i % values.length];
    }
    return x;
  }

  /// Also over the base, which gives the same.
  private static float[] elect(Kernels kernels, Election election, float[] base, float[]... d) {
    float[] out = new float[base.length];
    kernels.elect(election, d, base, out, 0, base.length);
    float[] both = base.clone();
    kernels.elect(election, d, both, both, 0, both.length);
    assertThat(both).isEqualTo(out);
    return out;
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void those_of_the_elected_sign_are_averaged_by_weight(Kernels kernels) {
    double[] w = {0.5, 0.25, 0.25};
    double[] ones = {1, 1, 1};
    float[] a = repeated(4, -1, 0, 0, 2);
    float[] b = repeated(2, 4, 1, 0, -8);
    float[] c = repeated(-2, 4, -1, 0, 2);
    float[] base = repeated(10, 10, 10, 10, 10);
    Election mean = new Election(w, ones, w, false, true, NONE, 1);
    // 2 + .5 of weight .75; 1 + 1 of .5; a tie elects plus: .25 of .25; none; -2 of .25
    assertThat(elect(kernels, mean, base, a, b, c))
        .isEqualTo(repeated((float) (10 + 2.5 / 0.75), 14, 11, 10, 2));
    Election sum = new Election(w, ones, w, false, false, NONE, 2);
    assertThat(elect(kernels, sum, base, a, b, c)).isEqualTo(repeated(15, 14, 10.5f, 10, 6));
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void a_majority_counts_signs_alone(Kernels kernels) {
    double[] ones = {1, 1, 1};
    float[] a = repeated(9, 1);
    float[] b = repeated(-1, 1);
    float[] c = repeated(-2, -9);
    float[] base = repeated(0, 0);
    Election election = new Election(ones, ones, ones, true, false, NONE, 1);
    assertThat(elect(kernels, election, base, a, b, c)).isEqualTo(repeated(-3, 2));
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void two_models_are_as_many(Kernels kernels) {
    double[] w = {1, -0.5};
    double[] ones = {1, 1};
    float[] a = repeated(1, 1, 0, -1);
    float[] b = repeated(4, -4, -2, 0);
    float[] base = repeated(0, 0, 0, 0);
    Election election = new Election(w, ones, w, false, true, NONE, 1);
    // votes 1 - 2, 1 + 2, 0 + 1, -1 + 0; weights -.5, .5, -.5, 1
    assertThat(elect(kernels, election, base, a, b)).isEqualTo(repeated(4, 6, -2, -1));
    Election least = new Election(w, ones, w, false, true, 2, 1);
    assertThat(elect(kernels, least, base, a, b)).isEqualTo(repeated(-1, 1.5f, 0.5f, -0.5f));
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void a_model_without_a_vote_is_not_looked_at(Kernels kernels) {
    double[] w = {0, 1};
    double[] ones = {1, 1};
    Election election = new Election(w, ones, w, false, true, NONE, 1);
    assertThat(elect(kernels, election, repeated(1, 1), repeated(Float.NaN, 5), repeated(2, -2)))
        .isEqualTo(repeated(3, -1));
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void nan_and_infinity_stay_at_their_element(Kernels kernels) {
    double[] ones = {1, 1};
    float inf = Float.POSITIVE_INFINITY;
    Election election = new Election(ones, ones, ones, false, true, NONE, 1);
    float[] y =
        elect(
            kernels,
            election,
            repeated(1, 1, 1, 1),
            repeated(Float.NaN, inf, inf, 2),
            repeated(2, -2, -inf, 2));
    assertThat(y).isEqualTo(repeated(Float.NaN, inf, Float.NaN, 3));
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void infinity_that_does_not_agree_adds_nothing(Kernels kernels) {
    double[] ones = {1, 1, 1};
    float inf = Float.POSITIVE_INFINITY;
    Election election = new Election(ones, ones, ones, true, true, NONE, 1);
    float[] y =
        elect(
            kernels, election, repeated(1, 1), repeated(inf, 1), repeated(-1, 1), repeated(-3, 1));
    assertThat(y).isEqualTo(repeated(-1, 2));
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void weights_that_cancel_divide_by_one(Kernels kernels) {
    double[] ones = {1, 1};
    double[] w = {1, -1};
    Election election = new Election(ones, w, w, false, true, NONE, 1);
    // 2 - 3 of 0, 2 of 1, nobody
    assertThat(elect(kernels, election, repeated(5, 5, 5), repeated(2, 2, 0), repeated(3, -1, 0)))
        .isEqualTo(repeated(4, 7, 5));
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void weights_whose_decimals_cancel_divide_by_one(Kernels kernels) {
    double[] w = {0.1, 0.2, -0.3};
    double[] ones = {1, 1, 1};
    Election election = new Election(w, ones, w, false, true, NONE, 1);
    assertThat(elect(kernels, election, repeated(0), repeated(1), repeated(1), repeated(-1)))
        .isEqualTo(repeated(0.6f));
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void what_vanishes_does_not_agree(Kernels kernels) {
    double[] tiny = {1e-300, 3e-320};
    double[] ones = {1, 1};
    float least = Float.MIN_VALUE;
    float[] a = repeated(1, least, -least, 3, 0);
    float[] b = repeated(-1, least, 1, -least, 2);
    float[] base = repeated(0, 0, 0, 0, 0);
    // Products of the least float32 are 0, so the other elects alone; the mean is that of its own.
    Election mean = new Election(tiny, ones, tiny, false, true, NONE, 1);
    assertThat(elect(kernels, mean, base, a, b)).isEqualTo(repeated(1, 0, 1, 3, 2));
    // Weights near the least normal float64, of which the quotient is nearly infinite.
    double[] small = {3e-308, 3e-308};
    Election weighed = new Election(ones, ones, small, false, true, NONE, 3e-308);
    assertThat(elect(kernels, weighed, repeated(0, 0), repeated(2, 2), repeated(-1, 1)))
        .isEqualTo(repeated(2, 1.5f));
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void a_model_without_weight_votes_and_adds_nothing(Kernels kernels) {
    double[] ones = {1, 1};
    double[] second = {0, 1};
    Election election = new Election(ones, second, second, false, true, NONE, 1);
    float[] a = repeated(3, -3, 1, 0, Float.POSITIVE_INFINITY);
    float[] b = repeated(-2, -2, 1, 0, 1);
    // The first alone, both, both, nobody, both
    assertThat(elect(kernels, election, repeated(5, 5, 5, 5, 5), a, b))
        .isEqualTo(repeated(5, 3, 6, 5, Float.NaN));
  }

  @Test
  void arrays_of_different_length_are_refused() {
    assertThatThrownBy(
            () -> new Election(new double[2], new double[1], new double[2], false, true, 0, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("2 votes, 1 shares and 2 weights, expected one of each per model");
  }
}
