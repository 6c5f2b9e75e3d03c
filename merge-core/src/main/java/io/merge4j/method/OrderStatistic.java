// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import java.util.Arrays;

/// The `k`-th largest of many magnitudes.
///
/// Found by counting them by their leading bits, and then those of the bits where it must be, until
/// few are left to be sorted: no step branches on a magnitude, for that could not be predicted, and
/// none takes more memory for more of them.
///
/// @param bits the magnitude
/// @param equal how many of the `k` largest have it
record OrderStatistic(int bits, long equal) {

  private static final int BINS = 1 << 11;

  /// So few are sorted.
  private static final int FEW = 64;

  /// So many are gathered, to be gone through faster.
  private static final int MANY = 1 << 15;

  /// New arrays for each search would pass through the cache.
  private static final ThreadLocal<int[]> GATHERED =
      ThreadLocal.withInitial(() -> new int[MANY + 1]);

  /// Finds the `k`-th largest.
  ///
  /// @param values from `low` to `high`, neither of them negative
  /// @param k from 1 to the number of values
  static OrderStatistic largest(Words values, int low, int high, long k) {
    int first = low;
    int last = high;
    long left = k;
    Words among = values;
    boolean hasOthers = false;
    int[] bins = new int[BINS + 1];
    while (true) {
      int shift = Integer.SIZE - Integer.numberOfLeadingZeros((last - first) / BINS);
      Arrays.fill(bins, 0);
      among.forEach(
          hasOthers ? new CountInside(first, last, shift, bins) : new Count(first, shift, bins));
      int bin = BINS - 1;
      while (left > bins[bin]) {
        left -= bins[bin--];
      }
      first += bin << shift;
      if (shift == 0) {
        return new OrderStatistic(first, left);
      }
      last = first + Math.min((1 << shift) - 1, last - first);
      int size = bins[bin];
      hasOthers = size > MANY;
      if (!hasOthers) {
        int[] gathered = gather(among, first, last);
        if (size <= FEW) {
          return sorted(Arrays.copyOf(gathered, size), (int) left);
        }
        among = some -> some.take(gathered, size);
      }
    }
  }

  /// Counts those from `first` on in bins.
  @SuppressWarnings("ArrayRecordComponent")
  private record Count(int first, int shift, int[] bins) implements Words.Some {

    @Override
    public void take(int[] values, int count) {
      for (int i = 0; i < count; i++) {
        bins[(values[i] - first) >>> shift]++;
      }
    }
  }

  /// Counts those from `first` to `last` in bins, and all others in one more.
  @SuppressWarnings("ArrayRecordComponent")
  private record CountInside(int first, int last, int shift, int[] bins) implements Words.Some {

    @Override
    public void take(int[] values, int count) {
      for (int i = 0; i < count; i++) {
        int value = values[i];
        int outside = ((value - first) | (last - value)) >> 31;
        bins[((value - first) >>> shift & ~outside) | (BINS & outside)]++;
      }
    }
  }

  /// Those from `first` to `last`, which are not too many; they may be among what was gathered.
  private static int[] gather(Words values, int first, int last) {
    Inside inside = new Inside(first, last, GATHERED.get());
    values.forEach(inside);
    return inside.into;
  }

  /// Appends those from `first` to `last` to `into`, which has room for one more.
  private static final class Inside implements Words.Some {
    private final int first;
    private final int last;
    private final int[] into;
    private int size;

    Inside(int first, int last, int[] into) {
      this.first = first;
      this.last = last;
      this.into = into;
    }

    /// Writes every value, and over those that are not inside.
    @Override
    public void take(int[] values, int count) {
      int n = size;
      for (int i = 0; i < count; i++) {
        int value = values[i];
        into[n] = value;
        n += ~((value - first) | (last - value)) >>> 31;
      }
      size = n;
    }
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
