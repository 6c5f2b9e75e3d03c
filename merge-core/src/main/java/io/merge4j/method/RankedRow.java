// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import io.merge4j.Operands;
import io.merge4j.kernel.Kernels;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Which elements of a row of a task vector stay at random, by their ranks.
///
/// Few ranks need to be known: magnitudes are counted in bins, so that an element's rank lies
/// between two numbers, and mostly the element stays for both or for neither. If not, the rank
/// follows from the order of elements where a bin is of one magnitude, as those of models of few
/// bits mostly are; in other bins the elements below each in doubt are counted, or the bins sorted
/// if many are in doubt. The answer is that of the exact ranks.
final class RankedRow {

  /// So many elements are ranked one by one; more, by sorting their bins.
  private static final int FEW = 8;

  /// By model. New ones for each weight would pass through the cache.
  private static final ThreadLocal<Map<Integer, RankedRow>> OF_THREAD =
      ThreadLocal.withInitial(HashMap::new);

  private final MagnitudeBins bins = new MagnitudeBins();

  /// By bin, the magnitude of one of its elements, and the bits in which others differ from it.
  private final int[] some = new int[MagnitudeBins.MOST];

  private final int[] mixed = new int[MagnitudeBins.MOST];

  /// By bin, all ones if there is an element of which it is not known whether it stays.
  private final int[] unclear = new int[MagnitudeBins.MOST];

  /// By bin, half of the random bits below which an element surely stays; it may stay up to the
  /// bound of the next bin.
  private final int[] bounds = new int[MagnitudeBins.MOST];

  private float[] values = {};
  private float[] base = {};

  /// Random bits of the row's elements, two in each.
  private long[] random = {};

  /// Half of the random bits of each element.
  private int[] halves = {};

  /// Numbers of the elements for which the bounds of their bins do not tell.
  private int[] doubtful = {};

  private long[] sorted = {};

  /// All ones where an element stays.
  private int[] kept = {};

  private int size;

  /// Whose row it is, and its first element.
  private @Nullable Object owner;

  private long first = -1;
  private double least;
  private double step;

  private RankedRow() {}

  /// The one of this thread for rows of a model, with the row that it took last for the same owner.
  ///
  /// @param size of all rows of that owner
  @SuppressWarnings("ReferenceEquality")
  static RankedRow ofThread(int model, int size, Object owner) {
    RankedRow row = OF_THREAD.get().computeIfAbsent(model, key -> new RankedRow());
    if (row.owner != owner) {
      row.owner = owner;
      row.first = -1;
      row.resize(size);
    }
    return row;
  }

  private void resize(int elements) {
    size = elements;
    bins.resize(size);
    if (size > values.length) {
      values = new float[size];
      base = new float[size];
      random = new long[size / 2 + 1];
      halves = new int[size];
      doubtful = new int[size];
      sorted = new long[size];
      kept = new int[size];
    }
  }

  /// Bytes that a row takes, and its bins.
  static long bytes(long size) {
    long ofElement = 4 * Integer.BYTES + 2 * Float.BYTES + Long.BYTES;
    return size * ofElement + 4L * Integer.BYTES * MagnitudeBins.MOST + MagnitudeBins.bytes(size);
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

  /// Takes the row from a task vector that has been measured.
  void take(float[] d, int at, long start) {
    System.arraycopy(d, at, values, 0, size);
    first = start;
  }

  /// Chooses the elements that stay.
  void choose(double density, double epsilon, long key) {
    step = size == 1 ? 0 : 2 * epsilon / (size - 1);
    least = size == 1 ? density : density - epsilon;
    CounterRandom.pairs(key, first, random, size / 2 + 1);
    bins.count(values, size);
    bound();
    int doubts = decide();
    int left = doubts > 0 ? rankEqual(doubts) : 0;
    if (left > FEW) {
      sortUnclear(left);
    } else {
      rankOneByOne(left);
    }
  }

  /// Bounds the random bits by which the elements of each bin stay. 31 of the 32 are compared, so
  /// the bounds are rounded such that they hold for all.
  private void bound() {
    int[] before = bins.before();
    for (int bin = 0; bin < bins.marks(); bin++) {
      bounds[bin] = (int) (probability(before[bin]) * 0x1p31);
    }
  }

  /// Chooses by the bounds, and lists the elements for which they do not tell.
  private int decide() {
    halve();
    int[] binOf = bins.of();
    int doubts = 0;
    for (int j = 0; j < size; j++) {
      int bin = binOf[j];
      int u = halves[j];
      int stays = (u - bounds[bin]) >> 31;
      kept[j] = stays;
      doubtful[doubts] = j;
      // No branch, for it could not be predicted; no difference of these overflows.
      doubts += ~(stays | ((bounds[bin + 1] - u) >> 31)) & 1;
    }
    return doubts;
  }

  private void halve() {
    MemorySegment bits = MemorySegment.ofArray(random);
    long start = place(0);
    for (int j = 0; j < size; j++) {
      halves[j] = bits.get(JAVA_INT_UNALIGNED, start + 4L * j) >>> 1;
    }
  }

  /// Where the random bits of an element are.
  private long place(int j) {
    return 4 * ((first & 1) + j);
  }

  /// Ranks those in doubt whose bin has elements of one magnitude only, of which the lowest index
  /// ranks as the largest, and lists those again that are in other bins.
  private int rankEqual(int doubts) {
    int[] binOf = bins.of();
    for (int i = 0; i < doubts; i++) {
      some[binOf[doubtful[i]]] = Cut.magnitude(values[doubtful[i]]);
      mixed[binOf[doubtful[i]]] = 0;
    }
    for (int j = 0; j < size; j++) {
      int bin = binOf[j];
      mixed[bin] |= Cut.magnitude(values[j]) ^ some[bin];
    }
    int left = 0;
    for (int i = 0; i < doubts; i++) {
      int j = doubtful[i];
      int bin = binOf[j];
      if (mixed[bin] == 0) {
        kept[j] = stays(j, bins.before()[bin + 1] - 1 - bins.earlier()[j]);
      } else if (values[j] != 0) {
        // Zeros are left out, for they are zero anyway.
        doubtful[left++] = j;
      }
    }
    return left;
  }

  /// Ranks each of the first in doubt by counting the elements below it, and equal ones after it.
  private void rankOneByOne(int doubts) {
    Kernels kernels = Kernels.best();
    for (int i = 0; i < doubts; i++) {
      int j = doubtful[i];
      int bits = Cut.magnitude(values[j]);
      int after = size - j - 1;
      int rank =
          size
              - kernels.countAbove(values, 0, size, bits - 1)
              + kernels.countAbove(values, j + 1, after, bits - 1)
              - kernels.countAbove(values, j + 1, after, bits);
      kept[j] = stays(j, rank);
    }
  }

  /// Ranks the elements of the bins of those in doubt, of equal ones the lowest index last.
  private void sortUnclear(int doubts) {
    int[] binOf = bins.of();
    for (int i = 0; i < doubts; i++) {
      unclear[binOf[doubtful[i]]] = -1;
    }
    int found = 0;
    for (int j = 0; j < size; j++) {
      int magnitude = Cut.magnitude(values[j]);
      sorted[found] = (long) magnitude << 32 | (size - 1 - j);
      found += (unclear[binOf[j]] & -magnitude) >>> 31;
    }
    Arrays.sort(sorted, 0, found);
    int bin = -1;
    int end = 0;
    for (int i = found - 1; i >= 0; i--) {
      int j = size - 1 - (int) sorted[i];
      if (binOf[j] != bin) {
        bin = binOf[j];
        end = i;
      }
      kept[j] = stays(j, bins.before()[bin + 1] - 1 - (end - i));
    }
    Arrays.fill(unclear, 0);
  }

  private double probability(int rank) {
    return least + step * rank;
  }

  private int stays(int j, int rank) {
    int bits = MemorySegment.ofArray(random).get(JAVA_INT_UNALIGNED, place(j));
    return less(uniform(bits), probability(rank));
  }

  private static double uniform(int bits) {
    return Integer.toUnsignedLong(bits) * 0x1p-32;
  }

  /// All ones if `a < b`, without a branch, which could not be predicted; for finite numbers.
  private static int less(double a, double b) {
    return (int) (Double.doubleToRawLongBits(a - b) >> 63);
  }

  /// All ones for each element that stays, at its number in the row.
  int[] kept() {
    return kept;
  }

  /// Takes a row of which [#kept] was filled in elsewhere.
  void recall(long start) {
    first = start;
  }
}
