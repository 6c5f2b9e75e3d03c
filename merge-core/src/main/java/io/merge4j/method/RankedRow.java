// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import io.merge4j.Operands;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Which elements of a row of a task vector stay at random, by their ranks.
///
/// Few ranks need to be known: magnitudes are counted in bins, so that an element's rank lies
/// between two numbers, and mostly the element stays for both or for neither. Of the bins where one
/// does not, all elements are sorted. The answer is that of the exact ranks.
final class RankedRow {

  /// The bins divide so many bits below the largest magnitude, which are 16 powers of two.
  private static final int SPAN = 27;

  private static final int MOST_BINS = 12;

  private final int size;
  private final float[] values;
  private final float[] base;
  private final int[] bins;

  /// By bin, how many elements are in those before.
  private final int[] before;

  /// By bin, all ones if there is an element of which it is not known whether it stays.
  private final int[] unclear;

  private final long[] sorted;

  /// All ones where an element stays.
  private final int[] kept;

  private final int shift;

  private long first = -1;
  private double least;
  private double step;
  private long key;

  RankedRow(int size) {
    this.size = size;
    values = new float[size];
    base = new float[size];
    bins = new int[size];
    sorted = new long[size];
    kept = new int[size];
    shift = SPAN - Math.min(MOST_BINS, 32 - Integer.numberOfLeadingZeros(size));
    before = new int[(1 << SPAN >> shift) + 2];
    unclear = new int[before.length];
  }

  /// Whether it is the row that begins with that element.
  boolean holds(long start) {
    return first == start;
  }

  /// Takes the row of a model's task vector that begins with an element.
  void read(Operands x, int model, long start) {
    x.read(model, start, size, values, 0);
    x.read(x.count(), start, size, base, 0);
    for (int j = 0; j < size; j++) {
      values[j] -= base[j];
    }
    first = start;
  }

  /// Chooses the elements that stay.
  void choose(double density, double epsilon, long randomKey) {
    key = randomKey;
    step = size == 1 ? 0 : 2 * epsilon / (size - 1);
    least = size == 1 ? density : density - epsilon;
    count();
    int open = 0;
    for (int j = 0; j < size; j++) {
      int bin = bins[j];
      double u = CounterRandom.uniform(key, first + j);
      int stays = less(u, probability(before[bin]));
      int doubt = stays ^ less(u, probability(before[bin + 1] - 1));
      kept[j] = stays;
      unclear[bin] |= doubt;
      open |= doubt;
    }
    if (open != 0) {
      sortUnclear();
    }
  }

  /// All ones if `a < b`, without a branch, which could not be predicted; for finite numbers.
  private static int less(double a, double b) {
    return (int) (Double.doubleToRawLongBits(a - b) >> 63);
  }

  private double probability(int rank) {
    return least + step * rank;
  }

  private void count() {
    MemorySegment bits = MemorySegment.ofArray(values);
    int largest = 0;
    for (int j = 0; j < size; j++) {
      largest = Math.max(largest, bits.get(JAVA_INT_UNALIGNED, 4L * j) & Integer.MAX_VALUE);
    }
    int lowest = largest - (1 << SPAN);
    for (int j = 0; j < size; j++) {
      int magnitude = bits.get(JAVA_INT_UNALIGNED, 4L * j) & Integer.MAX_VALUE;
      bins[j] = Math.max(0, magnitude - lowest) >> shift;
    }
    Arrays.fill(before, 0);
    for (int j = 0; j < size; j++) {
      before[bins[j] + 1]++;
    }
    for (int bin = 1; bin < before.length; bin++) {
      before[bin] += before[bin - 1];
    }
  }

  /// Ranks the elements of unclear bins, of equal ones the lowest index last. Zeros are left out,
  /// for they are zero anyway.
  private void sortUnclear() {
    int found = 0;
    for (int j = 0; j < size; j++) {
      int magnitude = Cut.magnitude(values[j]);
      sorted[found] = (long) magnitude << 32 | (size - 1 - j);
      found += (unclear[bins[j]] & -magnitude) >>> 31;
    }
    Arrays.sort(sorted, 0, found);
    int bin = -1;
    int end = 0;
    for (int i = found - 1; i >= 0; i--) {
      int j = size - 1 - (int) sorted[i];
      if (bins[j] != bin) {
        bin = bins[j];
        end = i;
      }
      int rank = before[bin + 1] - 1 - (end - i);
      kept[j] = less(CounterRandom.uniform(key, first + j), probability(rank));
    }
    Arrays.fill(unclear, 0);
  }

  /// All ones for each element that stays.
  int[] kept() {
    return kept;
  }

  /// Takes a row of which [#kept] was filled in elsewhere.
  void recall(long start) {
    first = start;
  }

  /// Sets the elements to zero that do not stay.
  ///
  /// @param from index in the row of `d[at]`
  void mask(int from, float[] d, int at, int count) {
    MemorySegment bits = MemorySegment.ofArray(d);
    for (int j = 0; j < count; j++) {
      long offset = 4L * (at + j);
      bits.set(JAVA_INT_UNALIGNED, offset, bits.get(JAVA_INT_UNALIGNED, offset) & kept[from + j]);
    }
  }
}
