// SPDX-License-Identifier: Apache-2.0
package io.merge4j.kernel;

/// Matrix products in float64 of matrices of float32, in plain Java.
final class ScalarProducts {

  private ScalarProducts() {}

  static void products(float[][] a, float[][] b, int n, int at, int count, double[][] sums) {
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < n; j++) {
        sums[i][j] += ScalarSums.dot(a[i], b[j], at, count);
      }
    }
  }

  static void addProducts(double[][] c, float[][] x, int n, double[][] out, int at, int count) {
    addProducts(c, 0, c.length, x, n, out, at, count);
  }

  /// @param from first row of the result, up to `to`
  static void addProducts(
      double[][] c, int from, int to, float[][] x, int n, double[][] out, int at, int count) {
    for (int k = from; k < to; k++) {
      double[] sums = out[k];
      for (int i = 0; i < n; i++) {
        double factor = c[k][i];
        float[] row = x[i];
        for (int j = at; j < at + count; j++) {
          sums[j] += factor * row[j];
        }
      }
    }
  }
}
