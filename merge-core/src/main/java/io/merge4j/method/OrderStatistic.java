// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import java.util.Arrays;
import java.util.List;

/// The `k`-th largest of many magnitudes.
///
/// Found by counting them by their leading bits, and then those of the bits where it must be, until
/// few are left to be sorted: no step branches on a magnitude, for that could not be predicted.
///
/// @param bits the magnitude
/// @param equal how many of the `k` largest have it
record OrderStatistic(int bits, long equal) {

  private static final int BINS = 1 << 11;

  /// So few are sorted.
  private static final int FEW = 64;

  /// Finds the `k`-th largest.
  ///
  /// @param values from `low` to `high`, neither of them negative
  /// @param k from 1 to the number of values
  static OrderStatistic largest(List<int[]> values, int low, int high, long k) {
    int shift = Integer.SIZE - Integer.numberOfLeadingZeros((high - low) / BINS);
    int[] bins = new int[BINS];
    values.forEach(each -> count(each, low, shift, bins));
    int bin = BINS - 1;
    long left = k;
    while (left > bins[bin]) {
      left -= bins[bin--];
    }
    int first = low + (bin << shift);
    if (shift == 0) {
      return new OrderStatistic(first, left);
    }
    int last = first + Math.min((1 << shift) - 1, high - first);
    int[] inside = inside(values, first, last, bins[bin]);
    return inside.length > FEW
        ? largest(List.of(inside), first, last, left)
        : sorted(inside, (int) left);
  }

  private static void count(int[] values, int low, int shift, int[] bins) {
    for (int value : values) {
      bins[(value - low) >>> shift]++;
    }
  }

  /// Those from `first` to `last`, and `first` once more: one least value changes no answer, and to
  /// cut it off would be a copy of all.
  ///
  /// @param count how many there are
  private static int[] inside(List<int[]> values, int first, int last, int count) {
    int[] inside = new int[count + 1];
    int size = 0;
    for (int[] each : values) {
      size = append(each, first, last, inside, size);
    }
    inside[count] = first;
    return inside;
  }

  /// Writes every value, and over those that are not inside.
  private static int append(int[] values, int first, int last, int[] into, int size) {
    int n = size;
    for (int value : values) {
      into[n] = value;
      n += ~((value - first) | (last - value)) >>> 31;
    }
    return n;
  }

  private static OrderStatistic sorted(int[] values, int k) {
    Arrays.sort(values);
    int bits = values[values.length - k];
    int equal = 0;
    for (int i = values.length - k; i < values.length && values[i] == bits; i++) {
      equal++;
    }
    return new OrderStatistic(bits, equal);
  }
}
