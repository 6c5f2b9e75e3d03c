// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import com.google.common.math.IntMath;
import io.merge4j.Operands;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// The softmax of a row of a model, `p`, and of the same row of the base, `q`, piece by piece.
///
/// Exponentials are computed once of a row that is no longer than a piece, else twice. Sums have as
/// many partial ones as a chunk has elements, which the compiler turns into vectors; those of short
/// rows have fewer, to a power of two.
final class SoftmaxRow {

  private static final double EPSILON = 1e-8;

  /// Elements that are in memory at a time.
  private static final int PIECE = 1 << 14;

  private static final int CHUNK = ElementaryFunctions.SIZE;

  private final ElementaryFunctions functions = new ElementaryFunctions();
  private final Operands operands;
  private final long length;
  private final Side model;
  private final Side base;
  private final double[] ratios = new double[CHUNK];
  private final double[] sums;

  /// @param length of the row
  SoftmaxRow(Operands operands, long length) {
    this.operands = operands;
    this.length = length;
    this.sums = new double[IntMath.ceilingPowerOfTwo((int) Math.min(CHUNK, length))];
    this.model = new Side(0);
    this.base = new Side(operands.count());
  }

  /// `KL(p||q)` of the row that begins with an element: the sum of `p log(p/q)`.
  double divergence(long start) {
    model.normalize(start);
    base.normalize(start);
    Arrays.fill(sums, 0);
    for (long at = 0; at < length; at += PIECE) {
      int size = (int) Math.min(PIECE, length - at);
      model.exponentials(start + at, size);
      base.exponentials(start + at, size);
      for (int from = 0; from < size; from += CHUNK) {
        int n = Math.min(CHUNK, size - from);
        double[] p = model.exponentials[from / CHUNK];
        double[] q = base.exponentials[from / CHUNK];
        divide(p, 1 / model.sum, q, 1 / base.sum, n);
        functions.log(ratios, n);
        addProducts(p, 1 / model.sum, n);
      }
    }
    // Rounding may leave a trace below 0.
    return Math.max(fold(sums), 0);
  }

  private void divide(double[] p, double c, double[] q, double d, int n) {
    for (int j = 0; j < n; j++) {
      ratios[j] = (p[j] * c + EPSILON) / (q[j] * d + EPSILON);
    }
  }

  private void addProducts(double[] p, double c, int n) {
    for (int j = 0; j < n; j++) {
      sums[j] += (p[j] * c + EPSILON) * ratios[j];
    }
  }

  private static double fold(double[] sums) {
    for (int half = sums.length / 2; half > 0; half /= 2) {
      for (int j = 0; j < half; j++) {
        sums[j] += sums[j + half];
      }
    }
    return sums[0];
  }

  /// One of both.
  private final class Side {

    private final int operand;
    private final float[] values = new float[(int) Math.min(PIECE, length)];

    /// In chunks of their own: loops between two places of arrays of one type stay scalar, since
    /// the arrays might be one.
    private final double[][] exponentials = new double[Math.ceilDiv(values.length, CHUNK)][CHUNK];

    /// First elements of the pieces that are in memory, as read and as exponentials.
    private long read = -1;

    private long raised = -1;

    private float greatest;
    private double sum;

    Side(int operand) {
      this.operand = operand;
    }

    /// Finds the greatest element of a row and the sum of the exponentials of the distances from
    /// it.
    void normalize(long start) {
      raised = -1;
      greatest = Float.NEGATIVE_INFINITY;
      for (long at = 0; at < length; at += PIECE) {
        int size = (int) Math.min(PIECE, length - at);
        read(start + at, size);
        greatest = Math.max(greatest, greatest(values, size));
      }
      Arrays.fill(sums, 0);
      for (long at = 0; at < length; at += PIECE) {
        int size = (int) Math.min(PIECE, length - at);
        exponentials(start + at, size);
        for (int from = 0; from < size; from += CHUNK) {
          add(exponentials[from / CHUNK], sums, Math.min(CHUNK, size - from));
        }
      }
      sum = fold(sums);
    }

    private void read(long first, int size) {
      if (read != first) {
        operands.read(operand, first, size, values, 0);
        read = first;
      }
    }

    /// Makes the exponentials of a piece, unless they are those in memory.
    void exponentials(long first, int size) {
      if (raised == first) {
        return;
      }
      read(first, size);
      for (int from = 0; from < size; from += CHUNK) {
        int n = Math.min(CHUNK, size - from);
        subtract(values, from, greatest, exponentials[from / CHUNK], n);
        functions.exp(exponentials[from / CHUNK], n);
      }
      raised = first;
    }
  }

  /// NaN if there is one, unless it has a sign; either way the exponentials have it.
  private static float greatest(float[] x, int n) {
    MemorySegment bits = MemorySegment.ofArray(x);
    int greatest = Integer.MIN_VALUE;
    for (int j = 0; j < n; j++) {
      greatest = Math.max(greatest, FloatOrder.of(bits.get(JAVA_INT_UNALIGNED, 4L * j)));
    }
    return FloatOrder.number(greatest);
  }

  private static void subtract(float[] x, int from, double greatest, double[] into, int n) {
    for (int j = 0; j < n; j++) {
      into[j] = x[from + j] - greatest;
    }
  }

  private static void add(double[] x, double[] sums, int n) {
    for (int j = 0; j < n; j++) {
      sums[j] += x[j];
    }
  }
}
