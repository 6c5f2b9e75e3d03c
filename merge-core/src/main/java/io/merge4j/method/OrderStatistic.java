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
  static OrderStatistic largest(List<Magnitudes> values, int low, int high, long k) {
    int shift = Integer.SIZE - Integer.numberOfLeadingZeros((high - low) / BINS);
    int[] bins = new int[BINS];
    for (Magnitudes each : values) {
      each.count(low, shift, bins);
    }
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
    Magnitudes inside = new Magnitudes(new int[bins[bin] + 1], 0);
    for (Magnitudes each : values) {
      inside = each.appendTo(inside, first, last);
    }
    return inside.size() > FEW
        ? largest(List.of(inside), first, last, left)
        : inside.sorted((int) left);
  }

  /// Some of the magnitudes.
  ///
  /// @param values of which the first `size` count
  @SuppressWarnings("ArrayRecordComponent")
  record Magnitudes(int[] values, int size) {

    private void count(int low, int shift, int[] bins) {
      for (int i = 0; i < size; i++) {
        bins[(values[i] - low) >>> shift]++;
      }
    }

    private Magnitudes appendTo(Magnitudes others, int first, int last) {
      int[] into = others.values;
      int n = others.size;
      for (int i = 0; i < size; i++) {
        int value = values[i];
        into[n] = value;
        n += ~((value - first) | (last - value)) >>> 31;
      }
      return new Magnitudes(into, n);
    }

    private OrderStatistic sorted(int k) {
      Arrays.sort(values, 0, size);
      int bits = values[size - k];
      int equal = 0;
      for (int i = size - k; i < size && values[i] == bits; i++) {
        equal++;
      }
      return new OrderStatistic(bits, equal);
    }
  }
}
