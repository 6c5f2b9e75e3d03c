// SPDX-License-Identifier: Apache-2.0
package io.merge4j.kernel;

/// Sums in float64 over arrays of float32, in plain Java.
final class ScalarSums {

  /// Elements whose float64 sums are kept at a time.
  static final int CHUNK = 512;

  private ScalarSums() {}

  static double dot(float[] a, float[] b, int at, int count) {
    double[] lanes = Lanes.zeros(0, count);
    addProducts(lanes, a, b, at, count);
    return Lanes.fold(lanes, count);
  }

  static void addProducts(double[] lanes, float[] a, float[] b, int at, int count) {
    int done = 0;
    for (; done + 2 * Lanes.COUNT <= count; done += 2 * Lanes.COUNT) {
      addProductsTwice(lanes, a, b, at + done);
    }
    for (; done < count; done += Lanes.COUNT) {
      addProductsOnce(lanes, a, b, at + done, Math.min(Lanes.COUNT, count - done));
    }
  }

  /// So that sums are loaded and stored half as often. With four the compiler makes no vectors.
  private static void addProductsTwice(double[] lanes, float[] a, float[] b, int at) {
    int next = at + Lanes.COUNT;
    for (int j = 0; j < Lanes.COUNT; j++) {
      lanes[j] = lanes[j] + (double) a[at + j] * b[at + j] + (double) a[next + j] * b[next + j];
    }
  }

  private static void addProductsOnce(double[] lanes, float[] a, float[] b, int at, int count) {
    for (int j = 0; j < count; j++) {
      lanes[j] += (double) a[at + j] * b[at + j];
    }
  }

  static double sumAbs(float[] x, int at, int count) {
    double[] lanes = Lanes.zeros(0, count);
    addMagnitudes(lanes, x, at, count);
    return Lanes.fold(lanes, count);
  }

  static void addMagnitudes(double[] lanes, float[] x, int at, int count) {
    int done = 0;
    for (; done + 4 * Lanes.COUNT <= count; done += 4 * Lanes.COUNT) {
      addMagnitudesFourTimes(lanes, x, at + done);
    }
    for (; done < count; done += Lanes.COUNT) {
      addMagnitudesOnce(lanes, x, at + done, Math.min(Lanes.COUNT, count - done));
    }
  }

  private static void addMagnitudesFourTimes(double[] lanes, float[] x, int at) {
    int second = at + Lanes.COUNT;
    int third = second + Lanes.COUNT;
    int fourth = third + Lanes.COUNT;
    for (int j = 0; j < Lanes.COUNT; j++) {
      lanes[j] =
          lanes[j]
              + Math.abs((double) x[at + j])
              + Math.abs((double) x[second + j])
              + Math.abs((double) x[third + j])
              + Math.abs((double) x[fourth + j]);
    }
  }

  private static void addMagnitudesOnce(double[] lanes, float[] x, int at, int count) {
    for (int j = 0; j < count; j++) {
      lanes[j] += Math.abs((double) x[at + j]);
    }
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
