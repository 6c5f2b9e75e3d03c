// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import com.google.common.primitives.Ints;
import java.lang.foreign.Arena;

/// What a strip of a tensor holds of a range of magnitudes, from `low` to `high`.
final class Found {

  private static final int MAGNITUDE = Integer.MAX_VALUE;

  final int low;
  final int high;

  /// How many elements are above the range.
  long above;

  /// How many are in it.
  long inside;

  /// Whether their magnitudes are here, or need not be.
  boolean complete = true;

  /// Their magnitudes, block by block; of no use if the range is of one magnitude, or not complete.
  final WordList values;

  private int blocks;

  /// By block, how many they are up to its end, modulo 2^32: differences are right.
  private int[] ends = {};

  Found(int low, int high, Arena arena) {
    this.low = low;
    this.high = high;
    this.values = new WordList(arena);
  }

  /// Whether magnitudes are kept.
  boolean isKept() {
    return complete && low < high;
  }

  /// Keeps the magnitudes of the block that is counted next.
  ///
  /// @param places where in `measures` they are, `count` of them
  void keep(float[] measures, int[] places, int count) {
    values.add(measures, places, count, MAGNITUDE);
  }

  /// Keeps none from now on.
  void drop() {
    complete = false;
  }

  /// Counts the next block.
  void count(int newAbove, int newInside) {
    above += newAbove;
    inside += newInside;
    ends = Ints.ensureCapacity(ends, blocks + 1, blocks);
    ends[blocks++] = (int) inside;
  }

  /// How many elements of the range are in blocks before this one.
  int before(int block) {
    return block == 0 ? 0 : ends[block - 1];
  }

  /// How many elements of the range are in a block.
  int count(int block) {
    return ends[block] - before(block);
  }

  /// Brings back the magnitudes of a block's elements in the range.
  void magnitudes(int block, int[] into) {
    values.copy(before(block), count(block), into);
  }

  /// How many elements of a block have magnitude `bits`, which is in the range.
  ///
  /// @param room for the magnitudes of a block
  int equal(int block, int bits, int[] room) {
    int count = count(block);
    if (low == high) {
      return count;
    }
    magnitudes(block, room);
    int equal = 0;
    for (int k = 0; k < count; k++) {
      // The sign of a difference that is below 0 only for what is equal: neither side has a sign.
      equal += ((room[k] ^ bits) - 1) >>> 31;
    }
    return equal;
  }
}
