// SPDX-License-Identifier: Apache-2.0
package io.merge4j.svd;

import java.util.SplittableRandom;

/// Orthonormal rows, made of any rows.
final class Basis {

  /// What is left of a row, relative to it, when it adds nothing to those before.
  private static final double NOTHING = 1e-12;

  private Basis() {}

  /// Rows of random signs.
  static double[][] random(int rows, int columns, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[][] signs = new double[rows][columns];
    for (double[] row : signs) {
      for (int j = 0; j < columns; j++) {
        row[j] = random.nextLong() < 0 ? -1 : 1;
      }
    }
    return signs;
  }

  /// The unit vectors.
  static double[][] unit(int dimensions) {
    double[][] unit = new double[dimensions][dimensions];
    for (int i = 0; i < dimensions; i++) {
      unit[i][i] = 1;
    }
    return unit;
  }

  /// Makes rows orthonormal in place, by two rounds of Gram-Schmidt; a row that depends on those
  /// before it becomes 0.
  static void orthonormalize(double[][] rows) {
    for (int i = 0; i < rows.length; i++) {
      Cancellation.check();
      double before = norm(rows[i]);
      for (int round = 0; round < 2; round++) {
        for (int k = 0; k < i; k++) {
          add(rows[i], rows[k], -dot(rows[i], rows[k]));
        }
      }
      double after = norm(rows[i]);
      scale(rows[i], after > NOTHING * before ? 1 / after : 0);
    }
  }

  static float[][] floats(double[][] rows) {
    float[][] floats = new float[rows.length][];
    for (int i = 0; i < rows.length; i++) {
      floats[i] = new float[rows[i].length];
      for (int j = 0; j < rows[i].length; j++) {
        floats[i][j] = (float) rows[i][j];
      }
    }
    return floats;
  }

  private static double norm(double[] x) {
    return StrictMath.sqrt(dot(x, x));
  }

  /// The inner product.
  static double dot(double[] x, double[] y) {
    double first = 0;
    double second = 0;
    double third = 0;
    double fourth = 0;
    int body = x.length - x.length % 4;
    for (int j = 0; j < body; j += 4) {
      first += x[j] * y[j];
      second += x[j + 1] * y[j + 1];
      third += x[j + 2] * y[j + 2];
      fourth += x[j + 3] * y[j + 3];
    }
    for (int j = body; j < x.length; j++) {
      first += x[j] * y[j];
    }
    return first + second + (third + fourth);
  }

  /// Adds a multiple of `y` to `x`.
  static void add(double[] x, double[] y, double factor) {
    for (int j = 0; j < x.length; j++) {
      x[j] += factor * y[j];
    }
  }

  private static void scale(double[] x, double factor) {
    for (int j = 0; j < x.length; j++) {
      x[j] *= factor;
    }
  }
}
