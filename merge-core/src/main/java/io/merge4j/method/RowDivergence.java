// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.Block;
import io.merge4j.Operands;
import io.merge4j.Reduction;
import java.util.Arrays;

/// How much the softmax of a model's rows diverges from that of the base's: `KL(p||q)`, each +
/// 1e-8.
///
/// In float64 and by arithmetic alone, so that every machine gives the same bits; library functions
/// for exponentials may differ, and those that may not are slow.
final class RowDivergence {

  private static final double EPSILON = 1e-8;

  private RowDivergence() {}

  /// Divergences by row, the last dimension; two passes.
  static double[] of(Operands x) {
    long length = x.shape().rowLength();
    if (length == 0) {
      return new double[0];
    }
    double[] normalizers = x.reduce(new Normalizers(length)).values();
    double[] divergences = x.reduce(new Divergences(length, normalizers)).values();
    for (int row = 0; row < divergences.length; row++) {
      // Rounding may leave a trace below 0.
      divergences[row] = Math.max(divergences[row], 0);
    }
    return divergences;
  }

  /// Numbers of some neighbouring rows.
  private static final class RowNumbers {
    private long firstRow = -1;
    private long rows;
    private double[] values = new double[64];
    private final int width;

    RowNumbers(int width) {
      this.width = width;
    }

    /// Where the numbers of a row begin, which is the last one or that after it.
    int at(long row) {
      firstRow = firstRow < 0 ? row : firstRow;
      int at = Math.toIntExact((row - firstRow) * width);
      rows = row - firstRow + 1;
      if (values.length < at + width) {
        values = Arrays.copyOf(values, Math.max(at + width, 2 * values.length));
      }
      return at;
    }

    double[] values() {
      return Arrays.copyOf(values, Math.toIntExact(rows * width));
    }
  }

  /// What is gathered of each row.
  private abstract static class RowPass implements Reduction<RowNumbers> {
    private final long length;
    private final int width;

    RowPass(long length, int width) {
      this.length = length;
      this.width = width;
    }

    /// Adds elements `from` to `to` of a block to the numbers of their row.
    abstract void add(double[] numbers, int at, long row, Block block, int from, int to);

    /// Adds the numbers of another part of the same row.
    abstract void join(double[] numbers, int at, double[] others);

    @Override
    public RowNumbers start() {
      return new RowNumbers(width);
    }

    @Override
    public void add(RowNumbers partial, Block block) {
      int from = 0;
      while (from < block.size()) {
        long row = (block.first() + from) / length;
        int to = (int) Math.min(block.size(), (row + 1) * length - block.first());
        int at = partial.at(row);
        add(partial.values, at, row, block, from, to);
        from = to;
      }
    }

    @Override
    public RowNumbers merge(RowNumbers left, RowNumbers right) {
      double[] others = new double[width];
      for (long i = 0; i < right.rows; i++) {
        long row = right.firstRow + i;
        boolean shared = left.firstRow + left.rows - 1 == row;
        System.arraycopy(right.values, (int) i * width, others, 0, width);
        int at = left.at(row);
        if (shared) {
          join(left.values, at, others);
        } else {
          System.arraycopy(others, 0, left.values, at, width);
        }
      }
      return left;
    }
  }

  /// Greatest element and sum of the exponentials of the distances from it, of the model and the
  /// base.
  private static final class Normalizers extends RowPass {

    Normalizers(long length) {
      super(length, 4);
    }

    @Override
    void add(double[] numbers, int at, long row, Block block, int from, int to) {
      double[] part = new double[4];
      of(block.operand(0), from, to, part, 0);
      of(block.base(), from, to, part, 2);
      join(numbers, at, part);
    }

    private static void of(float[] x, int from, int to, double[] part, int at) {
      float greatest = x[from];
      for (int j = from; j < to; j++) {
        greatest = Math.max(greatest, x[j]);
      }
      double sum = 0;
      for (int j = from; j < to; j++) {
        sum += exp((double) x[j] - greatest);
      }
      part[at] = greatest;
      part[at + 1] = sum;
    }

    @Override
    void join(double[] numbers, int at, double[] others) {
      for (int k = 0; k < 4; k += 2) {
        if (numbers[at + k + 1] == 0) {
          System.arraycopy(others, k, numbers, at + k, 2);
          continue;
        }
        double greatest = Math.max(numbers[at + k], others[k]);
        numbers[at + k + 1] =
            numbers[at + k + 1] * exp(numbers[at + k] - greatest)
                + others[k + 1] * exp(others[k] - greatest);
        numbers[at + k] = greatest;
      }
    }
  }

  /// Sums of `p log(p/q)`.
  private static final class Divergences extends RowPass {
    private final double[] normalizers;

    Divergences(long length, double[] normalizers) {
      super(length, 1);
      this.normalizers = normalizers;
    }

    @Override
    void add(double[] numbers, int at, long row, Block block, int from, int to) {
      int n = (int) row * 4;
      float[] x = block.operand(0);
      float[] b = block.base();
      double sum = 0;
      for (int j = from; j < to; j++) {
        double p = exp(x[j] - normalizers[n]) / normalizers[n + 1] + EPSILON;
        double q = exp(b[j] - normalizers[n + 2]) / normalizers[n + 3] + EPSILON;
        sum += p * log(p / q);
      }
      numbers[at] += sum;
    }

    @Override
    void join(double[] numbers, int at, double[] others) {
      numbers[at] += others[0];
    }
  }

  private static final double LOG_2_HIGH = 0x1.62e42fee00000p-1;
  private static final double LOG_2_LOW = 0x1.a39ef35793c76p-33;

  /// `e^x` for x <= 0, to a few units in the last place: `2^k` times a Taylor polynomial.
  static double exp(double x) {
    double bounded = Math.max(x, -700);
    double k = Math.rint(bounded * 1.4426950408889634);
    double r = bounded - k * LOG_2_HIGH - k * LOG_2_LOW;
    double sum = 1.0 / 479001600;
    for (int n = 11; n >= 0; n--) {
      sum = sum * r + INVERSE_FACTORIALS[n];
    }
    return sum * Double.longBitsToDouble(((long) k + 1023) << 52);
  }

  private static final double[] INVERSE_FACTORIALS = inverseFactorials();

  private static double[] inverseFactorials() {
    double[] inverse = new double[12];
    double factorial = 1;
    for (int n = 0; n < inverse.length; n++) {
      factorial *= Math.max(1, n);
      inverse[n] = 1 / factorial;
    }
    return inverse;
  }

  /// `log u` of a normal positive number, to a few units in the last place: `k log 2 + 2 artanh s`.
  static double log(double u) {
    long bits = Double.doubleToRawLongBits(u);
    // Moves the mantissa to [√½, √2).
    long k = (bits - 0x3fe6a09e667f3bcdL) >> 52;
    double m = Double.longBitsToDouble(bits - (k << 52));
    double s = (m - 1) / (m + 1);
    double square = s * s;
    double sum = 1.0 / 21;
    for (int n = 19; n >= 1; n -= 2) {
      sum = sum * square + 1.0 / n;
    }
    double log = k * LOG_2_HIGH + (2 * s * sum + k * LOG_2_LOW);
    return Double.isNaN(u) ? u : log;
  }
}
