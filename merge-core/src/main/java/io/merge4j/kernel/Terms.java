// SPDX-License-Identifier: Apache-2.0
package io.merge4j.kernel;

import static java.util.Objects.checkFromIndexSize;

import java.util.Arrays;

/// The terms of a weighted sum that count: those whose coefficient is not 0.
final class Terms {

  final double[] c;
  final float[][] x;
  final int n;

  private Terms(double[] c, float[][] x, int n) {
    this.c = c;
    this.x = x;
    this.n = n;
  }

  /// Checks the ranges of all arrays and leaves out the operands whose coefficient is 0.
  static Terms of(double[] c, float[][] x, int n, float[] out, int at, int count) {
    checkFromIndexSize(at, count, out.length);
    int used = 0;
    for (int i = 0; i < n; i++) {
      checkFromIndexSize(at, count, x[i].length);
      used += c[i] == 0 ? 0 : 1;
    }
    return used == n ? new Terms(c, x, n) : used(c, x, n, used);
  }

  private static Terms used(double[] c, float[][] x, int n, int used) {
    double[] coefficients = new double[used];
    float[][] operands = new float[used][];
    int k = 0;
    for (int i = 0; i < n; i++) {
      if (c[i] != 0) {
        coefficients[k] = c[i];
        operands[k++] = x[i];
      }
    }
    return new Terms(coefficients, operands, used);
  }

  /// Writes a sum that takes no arithmetic, that of nothing or of one operand itself, and tells
  /// whether it did.
  boolean copied(float[] out, int at, int count) {
    if (n == 0) {
      Arrays.fill(out, at, at + count, 0f);
      return true;
    }
    if (n == 1 && c[0] == 1) {
      System.arraycopy(x[0], at, out, at, count);
      return true;
    }
    return false;
  }
}
