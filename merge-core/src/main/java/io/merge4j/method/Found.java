// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import com.google.common.primitives.Ints;
import java.util.ArrayList;
import java.util.List;

/// What a strip of a tensor holds of a range of magnitudes, from `low` to `high`.
final class Found {

  private static final int[] NONE = {};

  final int low;
  final int high;

  /// How many elements are above the range.
  long above;

  /// How many are in it.
  long inside;

  /// Whether their magnitudes are here, or need not be.
  boolean complete = true;

  /// By block, their magnitudes; nothing if the range is of one magnitude, or not complete.
  final List<int[]> values = new ArrayList<>();

  private int blocks;

  /// By block, how many they are.
  private int[] counts = NONE;

  Found(int low, int high) {
    this.low = low;
    this.high = high;
  }

  /// Whether magnitudes are kept.
  boolean isKept() {
    return complete && low < high;
  }

  /// Keeps the magnitudes of the block that is counted next.
  ///
  /// @param places where in `measures` they are, `count` of them
  void keep(float[] measures, int[] places, int count) {
    int[] magnitudes = count == 0 ? NONE : new int[count];
    for (int k = 0; k < count; k++) {
      magnitudes[k] = Cut.magnitude(measures[places[k]]);
    }
    values.add(magnitudes);
  }

  /// Keeps none from now on.
  void drop() {
    complete = false;
    values.clear();
  }

  /// Counts the next block.
  void count(int newAbove, int newInside) {
    above += newAbove;
    inside += newInside;
    counts = Ints.ensureCapacity(counts, blocks + 1, blocks);
    counts[blocks++] = newInside;
  }

  /// How many elements of a block have magnitude `bits`, which is in the range.
  int equal(int block, int bits) {
    if (low == high) {
      return counts[block];
    }
    int equal = 0;
    for (int magnitude : values.get(block)) {
      // The sign of a difference that is below 0 only for what is equal: neither side has a sign.
      equal += ((magnitude ^ bits) - 1) >>> 31;
    }
    return equal;
  }
}
