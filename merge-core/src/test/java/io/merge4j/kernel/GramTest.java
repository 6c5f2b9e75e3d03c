// SPDX-License-Identifier: Apache-2.0
package io.merge4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class GramTest {

  /// Operand i is i + 1, so that the product of a pair tells which one it is.
  @ParameterizedTest
  @MethodSource("io.merge4j.kernel.KernelSets#all")
  void pairs_stand_where_kernels_put_them(Kernels kernels) {
    float[][] x = {{1}, {2}, {3}, {4}};
    for (int n = 0; n <= x.length; n++) {
      double[] triangle = new double[Gram.pairs(n)];
      kernels.gram(x, n, 0, 1, triangle);
      double[][] matrix = Gram.matrix(n, triangle);
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
          assertThat(matrix[i][j]).isEqualTo((i + 1) * (j + 1));
        }
        for (int j = i; j < n; j++) {
          assertThat(triangle[Gram.pair(n, i, j)]).isEqualTo((i + 1) * (j + 1));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 7})
  void a_triangle_is_that_of_its_matrix(int n) {
    double[] triangle = new double[Gram.pairs(n)];
    for (int pair = 0; pair < triangle.length; pair++) {
      triangle[pair] = pair + 1;
    }
    assertThat(Gram.triangle(Gram.matrix(n, triangle))).isEqualTo(triangle);
  }
}
