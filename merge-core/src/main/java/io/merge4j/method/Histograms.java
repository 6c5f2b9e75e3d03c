// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import java.util.List;

/// How many magnitudes lie in each of some thousand bins of equal width, for some ranges.
final class Histograms {

  /// Few enough that those of many models and strips are small together.
  private static final int BINS = 1 << 11;

  private final int[] low;
  private final int[] high;
  private final int[] shift;
  private final long[][] bins;
  private final long[] above;

  Histograms(List<Selection.Range> ranges) {
    low = ranges.stream().mapToInt(range -> range.low).toArray();
    high = ranges.stream().mapToInt(range -> range.high).toArray();
    shift = new int[low.length];
    for (int i = 0; i < low.length; i++) {
      int bits = 32 - Integer.numberOfLeadingZeros(high[i] - low[i]);
      shift[i] = Math.max(0, bits - Integer.numberOfTrailingZeros(BINS));
    }
    bins = new long[low.length][BINS];
    above = new long[low.length];
  }

  void count(int range, float[] values, int size) {
    int least = low[range];
    int greatest = high[range];
    long[] counts = bins[range];
    for (int j = 0; j < size; j++) {
      int magnitude = Cut.magnitude(values[j]);
      if (magnitude > greatest) {
        above[range]++;
      } else if (magnitude >= least) {
        counts[(magnitude - least) >>> shift[range]]++;
      }
    }
  }

  Histograms add(Histograms other) {
    for (int i = 0; i < bins.length; i++) {
      above[i] += other.above[i];
      for (int bin = 0; bin < BINS; bin++) {
        bins[i][bin] += other.bins[i][bin];
      }
    }
    return this;
  }

  /// The bin of `range` that holds the wanted magnitude; zero, if it is below all bins.
  Selection.Range narrow(Selection.Range range, int i) {
    long left = range.k - above[i];
    for (int bin = BINS - 1; bin >= 0; bin--) {
      if (left <= bins[i][bin]) {
        int least = low[i] + (bin << shift[i]);
        int greatest = (int) Math.min(high[i], (long) least + (1L << shift[i]) - 1);
        return range.part(least, greatest, bins[i][bin]);
      }
      left -= bins[i][bin];
    }
    return range.part(1, 1, 0);
  }
}
