// SPDX-License-Identifier: Apache-2.0
package io.merge4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ProductsTest {

  private static final String ALL = "io.merge4j.kernel.KernelSets#all";

  private static float[][] random(Random random, int rows, int columns) {
    float[][] matrix = new float[rows][columns];
    for (float[] row : matrix) {
      for (int j = 0; j < columns; j++) {
        row[j] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(9) - 4));
      }
    }
    return matrix;
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void each_inner_product_is_added_in_its_lanes(Kernels kernels) {
    Random random = new Random(1);
    for (int[] shape : new int[][] {{1, 1, 1}, {4, 4, 32}, {5, 7, 100}, {9, 12, 333}, {3, 8, 64}}) {
      float[][] a = random(random, shape[0], shape[2] + 5);
      float[][] b = random(random, shape[1] + 2, shape[2] + 5);
      double[][] sums = new double[shape[0]][shape[1]];
      sums[0][0] = 0.1;
      kernels.products(a, b, shape[1], 3, shape[2], sums);
      for (int i = 0; i < shape[0]; i++) {
        for (int j = 0; j < shape[1]; j++) {
          double before = i + j == 0 ? 0.1 : 0;
          float[] x = a[i];
          float[] y = b[j];
          assertThat(sums[i][j])
              .isEqualTo(
                  before + SumsTest.inLanes(32, shape[2], k -> (double) x[3 + k] * y[3 + k]));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void rows_are_added_one_by_one(Kernels kernels) {
    Random random = new Random(2);
    for (int[] shape : new int[][] {{1, 1, 1}, {4, 3, 32}, {6, 9, 77}, {9, 64, 130}}) {
      float[][] x = random(random, shape[1] + 1, shape[2] + 5);
      double[][] c = new double[shape[0]][shape[1]];
      double[][] out = new double[shape[0]][shape[2] + 5];
      double[][] expected = new double[shape[0]][shape[2] + 5];
      for (int k = 0; k < shape[0]; k++) {
        for (int j = 0; j < out[k].length; j++) {
          out[k][j] = random.nextGaussian();
          expected[k][j] = out[k][j];
        }
        for (int i = 0; i < shape[1]; i++) {
          c[k][i] = random.nextGaussian();
          for (int j = 3; j < 3 + shape[2]; j++) {
            expected[k][j] += c[k][i] * x[i][j];
          }
        }
      }
      kernels.addProducts(c, x, shape[1], out, 3, shape[2]);
      assertThat(out).isDeepEqualTo(expected);
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void refuses_to_leave_an_array(Kernels kernels) {
    float[][] x = new float[4][40];
    assertThatThrownBy(() -> kernels.products(x, x, 4, 8, 33, new double[4][4]))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> kernels.addProducts(new double[4][4], x, 4, new double[4][40], 8, 33))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }
}
