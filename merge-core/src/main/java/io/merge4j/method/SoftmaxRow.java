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

  /// Its arrays are used again and again: new ones for each weight would pass through the cache.
  static final ThreadLocal<SoftmaxRow> OF_THREAD = ThreadLocal.withInitial(SoftmaxRow::new);

  private final ElementaryFunctions functions = new ElementaryFunctions();
  private final Side model = new Side();
  private final Side base = new Side();
  private final double[] ratios = new double[CHUNK];
  private final double[] sums = new double[CHUNK];
  private long length;

  /// How many of the sums are used.
  private int lanes;

  private SoftmaxRow() {}

  /// `KL(p||q)` of a row of the first model: the sum of `p log(p/q)`.
  ///
  /// @param size of the row
  /// @param start its first element
  double divergence(Operands x, long size, long start) {
    length = size;
    lanes = IntMath.ceilingPowerOfTwo((int) Math.min(CHUNK, length));
    model.normalize(x, 0, start);
    base.normalize(x, x.count(), start);
    Arrays.fill(sums, 0);
    for (long at = 0; at < length; at += PIECE) {
      int piece = (int) Math.min(PIECE, length - at);
      model.exponentials(x, 0, start + at, piece);
      base.exponentials(x, x.count(), start + at, piece);
      for (int from = 0; from < piece; from += CHUNK) {
        int n = Math.min(CHUNK, piece - from);
        double[] p = model.exponentials[from / CHUNK];
        double[] q = base.exponentials[from / CHUNK];
        divide(p, 1 / model.sum, q, 1 / base.sum, n);
        functions.log(ratios, n);
        addProducts(p, 1 / model.sum, n);
      }
    }
    // Rounding may leave a trace below 0.
    return Math.max(fold(), 0);
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

  private double fold() {
    for (int half = lanes / 2; half > 0; half /= 2) {
      for (int j = 0; j < half; j++) {
        sums[j] += sums[j + half];
      }
    }
    return sums[0];
  }

  /// One of both.
  private final class Side {

    private float[] values = {};

    /// In chunks of their own: loops between two places of arrays of one type stay scalar, since
    /// the arrays might be one.
    private double[][] exponentials = {};

    /// First elements of the pieces that are in memory, as read and as exponentials.
    private long read = -1;

    private long raised = -1;

    private float greatest;
    private double sum;

    /// Finds the greatest element of a row and the sum of the exponentials of the distances from
    /// it.
    void normalize(Operands x, int operand, long start) {
      makeRoom((int) Math.min(PIECE, length));
      read = -1;
      raised = -1;
      greatest = Float.NEGATIVE_INFINITY;
      for (long at = 0; at < length; at += PIECE) {
        int size = (int) Math.min(PIECE, length - at);
        read(x, operand, start + at, size);
        greatest = Math.max(greatest, greatest(values, size));
      }
      Arrays.fill(sums, 0);
      for (long at = 0; at < length; at += PIECE) {
        int size = (int) Math.min(PIECE, length - at);
        exponentials(x, operand, start + at, size);
        for (int from = 0; from < size; from += CHUNK) {
          add(exponentials[from / CHUNK], sums, Math.min(CHUNK, size - from));
        }
      }
      sum = fold();
    }

    private void makeRoom(int size) {
      if (size > values.length) {
        values = new float[size];
        exponentials = new double[Math.ceilDiv(size, CHUNK)][CHUNK];
      }
    }

    private void read(Operands x, int operand, long first, int size) {
      if (read != first) {
        x.read(operand, first, size, values, 0);
        read = first;
      }
    }

    /// Makes the exponentials of a piece, unless they are those in memory.
    void exponentials(Operands x, int operand, long first, int size) {
      if (raised == first) {
        return;
      }
      read(x, operand, first, size);
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
