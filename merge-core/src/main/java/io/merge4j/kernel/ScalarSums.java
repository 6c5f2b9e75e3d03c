// SPDX-License-Identifier: Apache-2.0
package io.merge4j.kernel;

/// Sums in float64 over arrays of float32, in plain Java.
final class ScalarSums {

  /// Partial sums of a reduction, so many that every vector width has enough independent ones.
  static final int LANES = 32;

  private ScalarSums() {}

  static double dot(float[] a, float[] b, int at, int count) {
    double[] lanes = new double[LANES];
    int body = count - count % LANES;
    for (int i = at; i < at + body; i += LANES) {
      for (int j = 0; j < LANES; j++) {
        lanes[j] += (double) a[i + j] * b[i + j];
      }
    }
    return fold(lanes, a, b, at + body, count - body);
  }

  static double sumAbs(float[] x, int at, int count) {
    double[] lanes = new double[LANES];
    int body = count - count % LANES;
    for (int i = at; i < at + body; i += LANES) {
      for (int j = 0; j < LANES; j++) {
        lanes[j] += (double) Math.abs(x[i + j]);
      }
    }
    return foldAbs(lanes, x, at + body, count - body);
  }

  /// Adds the last, fewer than 32, products to the lanes and folds them.
  static double fold(double[] lanes, float[] a, float[] b, int at, int count) {
    for (int j = 0; j < count; j++) {
      lanes[j] += (double) a[at + j] * b[at + j];
    }
    return fold(lanes);
  }

  static double foldAbs(double[] lanes, float[] x, int at, int count) {
    for (int j = 0; j < count; j++) {
      lanes[j] += (double) Math.abs(x[at + j]);
    }
    return fold(lanes);
  }

  /// Adds lane j + 16 to lane j, then lane j + 8, and so on.
  static double fold(double[] lanes) {
    for (int half = LANES / 2; half > 0; half /= 2) {
      for (int j = 0; j < half; j++) {
        lanes[j] += lanes[j + half];
      }
    }
    return lanes[0];
  }

  static void weightedSum(
      double[] c, float[][] x, int n, float[] out, int at, int count, boolean narrow) {
    for (int i = at; i < at + count; i++) {
      double sum = c[0] * x[0][i];
      for (int k = 1; k < n; k++) {
        sum += c[k] * x[k][i];
      }
      out[i] = narrow ? roundToOdd(sum) : (float) sum;
    }
  }

  /// The value itself if it is a float; else of its two neighbours the one whose last bit is 1.
  static float roundToOdd(double value) {
    float nearest = (float) value;
    int bits = Float.floatToRawIntBits(nearest);
    if (nearest == value || (bits & 1) != 0 || Double.isNaN(value)) {
      return nearest;
    }
    return Float.intBitsToFloat(Math.abs(value) > Math.abs(nearest) ? bits + 1 : bits - 1);
  }
}
