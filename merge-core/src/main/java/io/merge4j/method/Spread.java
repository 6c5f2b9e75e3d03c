// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/// From where to where numbers reach, and how many are on either side of 0.
final class Spread {

  float least = Float.POSITIVE_INFINITY;
  float greatest = Float.NEGATIVE_INFINITY;
  private long positive;
  private long negative;

  /// Of which only the ends are known: [#side] is not to be asked.
  static Spread between(float least, float greatest) {
    Spread spread = new Spread();
    spread.least = least;
    spread.greatest = greatest;
    return spread;
  }

  /// Adds the first `n` numbers, at least one; NaN makes both ends NaN.
  void add(float[] x, int n) {
    MemorySegment bits = MemorySegment.ofArray(x);
    int low = Integer.MAX_VALUE;
    int high = Integer.MIN_VALUE;
    for (int j = 0; j < n; j++) {
      int value = FloatOrder.of(bits.get(JAVA_INT_UNALIGNED, 4L * j));
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    int above = 0;
    int below = 0;
    for (int j = 0; j < n; j++) {
      int value = FloatOrder.of(bits.get(JAVA_INT_UNALIGNED, 4L * j));
      // The signs: set for a value above 0, and for one below that of -0.
      above += -value >>> 31;
      below += (value + 1) >>> 31;
    }
    positive += above;
    negative += below;
    extend(FloatOrder.number(low), FloatOrder.number(high));
  }

  /// Of NaNs, those with a sign are below all numbers, the others above them.
  private void extend(float low, float high) {
    boolean hasNaN = Float.isNaN(low) || Float.isNaN(high);
    least = hasNaN ? Float.NaN : Math.min(least, low);
    greatest = hasNaN ? Float.NaN : Math.max(greatest, high);
  }

  void add(Spread other) {
    least = Math.min(least, other.least);
    greatest = Math.max(greatest, other.greatest);
    positive += other.positive;
    negative += other.negative;
  }

  /// On which side of 0 the number is that has `below` of `all` numbers below it: 1, -1, or 0 if it
  /// is 0.
  int side(long below, long all) {
    return all - below <= positive ? 1 : below < negative ? -1 : 0;
  }

  /// Replaces numbers by 1 if they are at least the least and that is positive, else by 0: how they
  /// lie where least and greatest are one.
  void mark(float[] x, int n) {
    for (int j = 0; j < n; j++) {
      x[j] = x[j] >= least && least > 0 ? 1 : 0;
    }
  }
}
