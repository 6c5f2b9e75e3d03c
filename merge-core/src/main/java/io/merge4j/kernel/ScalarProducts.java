// SPDX-License-Identifier: Apache-2.0
package io.merge4j.kernel;

/// Matrix products in float64 of matrices of float32, in plain Java.
final class ScalarProducts {

  /// Partial sums of a product: as many as four of the widest vectors hold.
  static final int LANES = 32;

  private ScalarProducts() {}

  static void products(float[][] a, float[][] b, int n, int at, int count, double[][] sums) {
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < n; j++) {
        sums[i][j] += dot(a[i], b[j], at, count);
      }
    }
  }

  static double dot(float[] a, float[] b, int at, int count) {
    double[] lanes = new double[LANES];
    int body = count - count % LANES;
    for (int i = at; i < at + body; i += LANES) {
      for (int j = 0; j < LANES; j++) {
        lanes[j] += (double) a[i + j] * b[i + j];
      }
    }
    return dotTail(lanes, a, b, at + body, count - body);
  }

  /// Adds the last products, fewer than there are lanes, and folds.
  static double dotTail(double[] lanes, float[] a, float[] b, int at, int count) {
    for (int j = 0; j < count; j++) {
      lanes[j] += (double) a[at + j] * b[at + j];
    }
    for (int half = LANES / 2; half > 0; half /= 2) {
      for (int j = 0; j < half; j++) {
        lanes[j] += lanes[j + half];
      }
    }
    return lanes[0];
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
