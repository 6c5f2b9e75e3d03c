// SPDX-License-Identifier: Apache-2.0
package io.merge4j.kernel;

import static java.util.Objects.checkFromIndexSize;

import java.util.Arrays;
import java.util.Optional;

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

  /// The terms to sum up; none if there is nothing to compute, and then `out` is written already.
  static Optional<Terms> of(double[] c, float[][] x, int n, float[] out, int at, int count) {
    checkFromIndexSize(at, count, out.length);
    int active = 0;
    int last = 0;
    for (int i = 0; i < n; i++) {
      checkFromIndexSize(at, count, x[i].length);
      if (c[i] != 0) {
        active++;
        last = i;
      }
    }
    if (active == 0) {
      Arrays.fill(out, at, at + count, 0f);
      return Optional.empty();
    }
    if (active == 1 && c[last] == 1) {
      System.arraycopy(x[last], at, out, at, count);
      return Optional.empty();
    }
    return Optional.of(active == n ? new Terms(c, x, n) : without0(c, x, n, active));
  }

  private static Terms without0(double[] c, float[][] x, int n, int active) {
    double[] coefficients = new double[active];
    float[][] operands = new float[active][];
    int k = 0;
    for (int i = 0; i < n; i++) {
      if (c[i] != 0) {
        coefficients[k] = c[i];
        operands[k++] = x[i];
      }
    }
    return new Terms(coefficients, operands, active);
  }
}
