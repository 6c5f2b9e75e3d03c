// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ElementaryFunctionsTest {

  private static final int SIZE = ElementaryFunctions.SIZE;

  private final ElementaryFunctions functions = new ElementaryFunctions();
  private final Random random = new Random(3);

  @Test
  void exponentials_are_accurate() {
    for (int round = 0; round < 200; round++) {
      double[] x = new double[SIZE];
      Arrays.setAll(x, j -> -700 * Math.pow(random.nextDouble(), 8));
      double[] exp = x.clone();
      functions.exp(exp, SIZE);
      for (int j = 0; j < SIZE; j++) {
        double expected = StrictMath.exp(x[j]);
        assertThat(Math.abs(exp[j] - expected)).isLessThanOrEqualTo(1e-15 * expected);
      }
    }
  }

  @Test
  void logarithms_are_accurate() {
    for (int round = 0; round < 200; round++) {
      double[] u = new double[SIZE];
      Arrays.setAll(u, j -> StrictMath.exp(40 * random.nextDouble() - 20));
      double[] log = u.clone();
      functions.log(log, SIZE);
      for (int j = 0; j < SIZE; j++) {
        double expected = StrictMath.log(u[j]);
        assertThat(Math.abs(log[j] - expected))
            .isLessThanOrEqualTo(1e-15 * Math.max(Math.abs(expected), 0.01));
      }
    }
  }

  @Test
  void hyperbolic_tangents_are_accurate() {
    for (int round = 0; round < 200; round++) {
      double[] x = new double[SIZE];
      Arrays.setAll(x, j -> 30 * Math.pow(random.nextDouble() * 2 - 1, 9));
      double[] tanh = x.clone();
      functions.tanh(tanh, SIZE);
      for (int j = 0; j < SIZE; j++) {
        double expected = StrictMath.tanh(x[j]);
        assertThat(Math.abs(tanh[j] - expected)).isLessThanOrEqualTo(2e-15 * Math.abs(expected));
      }
    }
    double[] ends = {1e300, Double.NEGATIVE_INFINITY, 1e-300, 0, Double.NaN};
    functions.tanh(ends, 5);
    assertThat(ends).containsExactly(1, -1, 1e-300, 0, Double.NaN);
  }

  @Test
  void hyperbolic_tangents_of_small_numbers_do_not_depend_on_the_others() {
    double[] x = new double[SIZE];
    Arrays.setAll(x, j -> 0x1p-6 * Math.pow(random.nextDouble() * 2 - 1, 3));
    x[0] = 0x1p-6;
    x[1] = -0x1p-6;
    double[] alone = x.clone();
    functions.tanh(alone, SIZE);
    double[] beside = x.clone();
    beside[2] = Math.nextUp(0x1p-6);
    functions.tanh(beside, SIZE);
    for (int j = 0; j < SIZE; j++) {
      double expected = StrictMath.tanh(x[j]);
      assertThat(Math.abs(alone[j] - expected)).isLessThanOrEqualTo(2e-15 * Math.abs(expected));
      if (j != 2) {
        assertThat(beside[j]).isEqualTo(alone[j]);
      }
    }
    double[] special = {0, -0.0, 1e-300, Double.NaN};
    functions.tanh(special, 3);
    assertThat(special).containsExactly(0, -0.0, 1e-300, Double.NaN);
  }

  @Test
  void values_are_exact_where_they_can_be() {
    double[] x = {0, -0.0, 0};
    functions.exp(x, 3);
    assertThat(x).containsExactly(1, 1, 1);
    functions.log(x, 3);
    assertThat(x).containsExactly(0, 0, 0);
  }

  @Test
  void only_the_first_numbers_are_replaced() {
    double[] x = {0, 5, 7};
    functions.exp(x, 1);
    assertThat(x).containsExactly(1, 5, 7);
    functions.log(x, 1);
    assertThat(x).containsExactly(0, 5, 7);
  }

  @Test
  void small_exponents_count_as_the_smallest_and_nan_stays() {
    double[] x = {-1e9, Double.NEGATIVE_INFINITY, -700, Double.NaN};
    functions.exp(x, 4);
    assertThat(x[0]).isEqualTo(x[2]).isLessThan(1e-300).isPositive();
    assertThat(x[1]).isEqualTo(x[2]);
    assertThat(x[3]).isNaN();
    functions.log(x, 4);
    assertThat(x[3]).isNaN();
  }
}
