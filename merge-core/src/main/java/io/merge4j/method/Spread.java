// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

/// From where to where numbers reach, and how many are on either side of 0.
final class Spread {

  float least = Float.POSITIVE_INFINITY;
  float greatest = Float.NEGATIVE_INFINITY;
  private long positive;
  private long negative;

  /// Adds a number; NaN makes both ends NaN.
  void add(float value) {
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
    positive += value > 0 ? 1 : 0;
    negative += value < 0 ? 1 : 0;
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

  /// Where a number lies, 0 at or below the least, 1 at the greatest; if those are one, 1 if they
  /// are positive and 0 else.
  double balance(float value) {
    if (least == greatest) {
      return value >= least && least > 0 ? 1 : 0;
    }
    return (Math.max(value, least) - (double) least) / ((double) greatest - least);
  }

  /// Where a number from `[least, greatest]` lies in [0, 1]; 0 if those are one.
  double normalised(float value) {
    return least == greatest ? 0 : (value - (double) least) / ((double) greatest - least);
  }
}
