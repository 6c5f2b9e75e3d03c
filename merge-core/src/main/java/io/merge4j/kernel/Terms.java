// SPDX-License-Identifier: Apache-2.0
package io.merge4j.kernel;

import static java.util.Objects.checkFromIndexSize;

import java.util.Arrays;

/// The terms of a weighted sum that count: those whose coefficient is not 0.
final class Terms {

  private Terms() {}

  /// A loop over at least one operand.
  @FunctionalInterface
  interface Loop {
    void sum(double[] c, float[][] x, int n, float[] out, int at, int count);
  }

  /// Checks the ranges of all arrays, leaves out the operands whose coefficient is 0, and sums up
  /// the others in `loop`, unless that takes no arithmetic. Where all count nothing is allocated.
  static void sum(Loop loop, double[] c, float[][] x, int n, float[] out, int at, int count) {
    checkFromIndexSize(at, count, out.length);
    int used = 0;
    for (int i = 0; i < n; i++) {
      checkFromIndexSize(at, count, x[i].length);
      used += c[i] == 0 ? 0 : 1;
    }
    if (used == n) {
      copyOrSum(loop, c, x, n, out, at, count);
    } else {
      sumUsed(loop, c, x, used, out, at, count);
    }
  }

  private static void sumUsed(
      Loop loop, double[] c, float[][] x, int used, float[] out, int at, int count) {
    double[] coefficients = new double[used];
    float[][] operands = new float[used][];
    int k = 0;
    for (int i = 0; k < used; i++) {
      if (c[i] != 0) {
        coefficients[k] = c[i];
        operands[k++] = x[i];
      }
    }
    copyOrSum(loop, coefficients, operands, used, out, at, count);
  }

  private static void copyOrSum(
      Loop loop, double[] c, float[][] x, int n, float[] out, int at, int count) {
    if (n == 0) {
      Arrays.fill(out, at, at + count, 0f);
    } else if (n == 1 && c[0] == 1) {
      System.arraycopy(x[0], at, out, at, count);
    } else {
      loop.sum(c, x, n, out, at, count);
    }
  }
}
