// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/// `e^x`, `log x` and `tanh x` of many numbers at a time.
///
/// In float64 and by arithmetic alone, so that every machine gives the same bits; library functions
/// may differ, and those that may not are slow. The loops are such that the compiler turns them
/// into vectors; as it does not for `Double.doubleToRawLongBits`, bits are read through segments.
final class ElementaryFunctions {

  /// Its arrays are used again and again: new ones for each block would pass through the cache.
  static final ThreadLocal<ElementaryFunctions> OF_THREAD =
      ThreadLocal.withInitial(ElementaryFunctions::new);

  /// How many numbers at a time: few enough for the core's nearest cache.
  static final int SIZE = 512;

  private static final double LOG_2_HIGH = 0x1.62e42fee00000p-1;
  private static final double LOG_2_LOW = 0x1.a39ef35793c76p-33;
  private static final double LOG_2_INVERSE = 1.4426950408889634;

  /// Added to a small number, leaves its nearest integer in the lowest bits.
  private static final double SHIFT = 0x1.8p52;

  private static final long SHIFT_BITS = Double.doubleToRawLongBits(SHIFT);

  private static final long SQRT_HALF_BITS = 0x3fe6a09e667f3bcdL;

  /// Up to which the first term of the series of `tanh` that is left out, `62/2835 x^8` of the
  /// result, is less than half a unit in the last place.
  private static final double SMALL = 0x1p-6;

  private static final long SMALL_BITS = Double.doubleToRawLongBits(SMALL);

  private final double[] doubled = new double[SIZE];
  private final double[] shifted = new double[SIZE];
  private final double[] mantissas = new double[SIZE];

  /// Replaces each of the first `n` numbers by `e^x`, to a few units in the last place: `2^k` times
  /// a Taylor polynomial. Below -700 they count as -700; none may be above 700.
  void exp(double[] x, int n) {
    raise(x, n);
    scale(x, shifted, n);
  }

  /// Replaces each of the first `n` numbers by `tanh x`, with a relative error of 2e-15 at most: of
  /// small ones by four terms of the Taylor series, of others by `m / (m + 2)`, where `m` is `e^2x
  /// - 1`.
  void tanh(double[] x, int n) {
    if (areSmall(x, n)) {
      tanhSeries(x, n);
      return;
    }
    twice(x, doubled, n);
    raise(doubled, n);
    quotient(doubled, shifted, n);
    double[] small = mantissas;
    System.arraycopy(x, 0, small, 0, n);
    tanhSeries(small, n);
    choose(small, doubled, x, n);
  }

  /// Whether no magnitude is above [#SMALL], and none NaN.
  private static boolean areSmall(double[] x, int n) {
    MemorySegment bits = MemorySegment.ofArray(x);
    long anyLarger = 0;
    for (int j = 0; j < n; j++) {
      anyLarger |= SMALL_BITS - (bits.get(JAVA_LONG_UNALIGNED, 8L * j) & Long.MAX_VALUE);
    }
    return anyLarger >= 0;
  }

  private static void tanhSeries(double[] x, int n) {
    for (int j = 0; j < n; j++) {
      double square = x[j] * x[j];
      double sum = -17.0 / 315;
      sum = sum * square + 2.0 / 15;
      sum = sum * square - 1.0 / 3;
      x[j] *= 1 + square * sum;
    }
  }

  private static void choose(double[] small, double[] large, double[] x, int n) {
    for (int j = 0; j < n; j++) {
      x[j] = Math.abs(x[j]) <= SMALL ? small[j] : large[j];
    }
  }

  /// Beyond ±25 the result is ±1.
  private static void twice(double[] x, double[] into, int n) {
    for (int j = 0; j < n; j++) {
      into[j] = Math.min(Math.max(2 * x[j], -50), 50);
    }
  }

  private static void quotient(double[] x, double[] powers, int n) {
    for (int j = 0; j < n; j++) {
      double m = x[j] * powers[j] + (powers[j] - 1);
      x[j] = m / (m + 2);
    }
  }

  /// From x to `e^r - 1` and, in `shifted`, `2^k`, where `x = k log 2 + r`.
  private void raise(double[] x, int n) {
    split(x, shifted, n);
    polynomial(x, n);
    powers(shifted, n);
  }

  /// To what is left of x without a multiple k of log 2, and k.
  private static void split(double[] x, double[] shifted, int n) {
    for (int j = 0; j < n; j++) {
      double bounded = Math.max(x[j], -700);
      double t = bounded * LOG_2_INVERSE + SHIFT;
      double k = t - SHIFT;
      shifted[j] = t;
      x[j] = bounded - k * LOG_2_HIGH - k * LOG_2_LOW;
    }
  }

  /// One term after the other: of pairs within a number the compiler would make vectors of two.
  private static void polynomial(double[] x, int n) {
    for (int j = 0; j < n; j++) {
      double r = x[j];
      double sum = 1.0 / 479001600;
      sum = sum * r + 1.0 / 39916800;
      sum = sum * r + 1.0 / 3628800;
      sum = sum * r + 1.0 / 362880;
      sum = sum * r + 1.0 / 40320;
      sum = sum * r + 1.0 / 5040;
      sum = sum * r + 1.0 / 720;
      sum = sum * r + 1.0 / 120;
      sum = sum * r + 1.0 / 24;
      sum = sum * r + 1.0 / 6;
      sum = sum * r + 0.5;
      sum = sum * r + 1;
      x[j] = sum * r;
    }
  }

  /// From the bits of `k + SHIFT` to those of `2^k`.
  private static void powers(double[] x, int n) {
    MemorySegment bits = MemorySegment.ofArray(x);
    for (int j = 0; j < n; j++) {
      long shifted = bits.get(JAVA_LONG_UNALIGNED, 8L * j);
      bits.set(JAVA_LONG_UNALIGNED, 8L * j, (shifted << 52) + (1023L << 52));
    }
  }

  private static void scale(double[] x, double[] powers, int n) {
    for (int j = 0; j < n; j++) {
      x[j] = (x[j] + 1) * powers[j];
    }
  }

  /// Replaces each of the first `n` numbers, normal and positive or NaN, by its logarithm, to a few
  /// units in the last place: `k log 2 + 2 artanh s`.
  void log(double[] u, int n) {
    mantissas(u, mantissas, n);
    exponents(u, shifted, n);
    logSeries(u, mantissas, shifted, n);
  }

  private static long exponent(long bits) {
    return (bits - SQRT_HALF_BITS) >> 52;
  }

  /// Moves them to [√½, √2).
  private static void mantissas(double[] u, double[] mantissas, int n) {
    MemorySegment from = MemorySegment.ofArray(u);
    MemorySegment into = MemorySegment.ofArray(mantissas);
    for (int j = 0; j < n; j++) {
      long bits = from.get(JAVA_LONG_UNALIGNED, 8L * j);
      into.set(JAVA_LONG_UNALIGNED, 8L * j, bits - (exponent(bits) << 52));
    }
  }

  /// From the bits of a number to those of `k + SHIFT`.
  private static void exponents(double[] u, double[] shifted, int n) {
    MemorySegment from = MemorySegment.ofArray(u);
    MemorySegment into = MemorySegment.ofArray(shifted);
    for (int j = 0; j < n; j++) {
      long bits = from.get(JAVA_LONG_UNALIGNED, 8L * j);
      into.set(JAVA_LONG_UNALIGNED, 8L * j, exponent(bits) + SHIFT_BITS);
    }
  }

  private static void logSeries(double[] u, double[] mantissas, double[] shifted, int n) {
    for (int j = 0; j < n; j++) {
      double k = shifted[j] - SHIFT;
      double s = (mantissas[j] - 1) / (mantissas[j] + 1);
      double square = s * s;
      double sum = 1.0 / 21;
      sum = sum * square + 1.0 / 19;
      sum = sum * square + 1.0 / 17;
      sum = sum * square + 1.0 / 15;
      sum = sum * square + 1.0 / 13;
      sum = sum * square + 1.0 / 11;
      sum = sum * square + 1.0 / 9;
      sum = sum * square + 1.0 / 7;
      sum = sum * square + 0.2;
      sum = sum * square + 1.0 / 3;
      sum = sum * square + 1;
      // The last term is 0, or NaN.
      u[j] = k * LOG_2_HIGH + (2 * s * sum + k * LOG_2_LOW) + 0 * u[j];
    }
  }
}
