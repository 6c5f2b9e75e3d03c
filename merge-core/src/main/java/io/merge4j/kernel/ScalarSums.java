// SPDX-License-Identifier: Apache-2.0
package io.merge4j.kernel;

/// Sums in float64 over arrays of float32, in plain Java.
final class ScalarSums {

  /// Partial sums of a reduction: as many as the widest vectors need to have four independent ones.
  static final int LANES = 32;

  /// Elements whose float64 sums are kept at a time.
  static final int CHUNK = 512;

  private ScalarSums() {}

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
    return fold(lanes);
  }

  static double sumAbs(float[] x, int at, int count) {
    double[] lanes = new double[LANES];
    int body = count - count % LANES;
    for (int i = at; i < at + body; i += LANES) {
      for (int j = 0; j < LANES; j++) {
        lanes[j] += Math.abs((double) x[i + j]);
      }
    }
    return sumAbsTail(lanes, x, at + body, count - body);
  }

  static double sumAbsTail(double[] lanes, float[] x, int at, int count) {
    for (int j = 0; j < count; j++) {
      lanes[j] += Math.abs((double) x[at + j]);
    }
    return fold(lanes);
  }

  /// Adds lane j + 16 to lane j, then lane j + 8, and so on.
  private static double fold(double[] lanes) {
    for (int half = LANES / 2; half > 0; half /= 2) {
      for (int j = 0; j < half; j++) {
        lanes[j] += lanes[j + half];
      }
    }
    return lanes[0];
  }

  /// The three inner products of two operands in one pass; `sums` gets aa, ab, bb.
  static void gram2(float[] a, float[] b, int at, int count, double[] sums) {
    double[] aa = new double[LANES];
    double[] ab = new double[LANES];
    double[] bb = new double[LANES];
    int body = count - count % LANES;
    for (int i = at; i < at + body; i += LANES) {
      for (int j = 0; j < LANES; j++) {
        double u = a[i + j];
        double v = b[i + j];
        aa[j] += u * u;
        ab[j] += u * v;
        bb[j] += v * v;
      }
    }
    int end = at + body;
    sums[0] += dotTail(aa, a, a, end, count - body);
    sums[1] += dotTail(ab, a, b, end, count - body);
    sums[2] += dotTail(bb, b, b, end, count - body);
  }

  /// @param n at least 1
  static void weightedSum(double[] c, float[][] x, int n, float[] out, int at, int count) {
    switch (n) {
      case 1 -> sum1(c[0], x[0], out, at, count);
      case 2 -> sum2(c[0], x[0], c[1], x[1], out, at, count);
      case 3 -> sum3(c, x[0], x[1], x[2], out, at, count);
      default -> sumMore(c, x, n, out, at, count);
    }
  }

  private static void sum1(double c, float[] x, float[] out, int at, int count) {
    for (int i = at; i < at + count; i++) {
      out[i] = (float) (c * x[i]);
    }
  }

  private static void sum2(
      double c, float[] x, double d, float[] y, float[] out, int at, int count) {
    for (int i = at; i < at + count; i++) {
      out[i] = (float) (c * x[i] + d * y[i]);
    }
  }

  private static void sum3(
      double[] c, float[] x, float[] y, float[] z, float[] out, int at, int count) {
    double c0 = c[0];
    double c1 = c[1];
    double c2 = c[2];
    for (int i = at; i < at + count; i++) {
      out[i] = (float) (c0 * x[i] + c1 * y[i] + c2 * z[i]);
    }
  }

  /// Keeps the sums of a stretch in float64 while the operands are added one by one.
  private static void sumMore(double[] c, float[][] x, int n, float[] out, int from, int size) {
    double[] sums = new double[Math.min(CHUNK, size)];
    for (int done = 0; done < size; done += CHUNK) {
      int at = from + done;
      int count = Math.min(CHUNK, size - done);
      begin(c[0], x[0], c[1], x[1], at, sums, count);
      for (int k = 2; k < n - 1; k++) {
        add(c[k], x[k], at, sums, count);
      }
      end(c[n - 1], x[n - 1], at, sums, out, count);
    }
  }

  private static void begin(
      double c, float[] x, double d, float[] y, int at, double[] sums, int count) {
    for (int i = 0; i < count; i++) {
      sums[i] = c * x[at + i] + d * y[at + i];
    }
  }

  private static void add(double c, float[] x, int at, double[] sums, int count) {
    for (int i = 0; i < count; i++) {
      sums[i] += c * x[at + i];
    }
  }

  private static void end(double c, float[] x, int at, double[] sums, float[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[at + i] = (float) (sums[i] + c * x[at + i]);
    }
  }
}
