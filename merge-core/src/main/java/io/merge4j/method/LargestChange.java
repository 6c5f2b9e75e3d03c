// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import io.merge4j.Block;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// The change of largest magnitude at each element of a chunk, in loops that the compiler turns
/// into vectors: magnitudes are compared as bits, and nothing branches.
final class LargestChange {

  private static final int CHUNK = 512;
  private static final int MAGNITUDE = 0x7fffffff;

  /// Its arrays are used again and again: new ones for each block would pass through the cache.
  private static final ThreadLocal<LargestChange> OF_THREAD =
      ThreadLocal.withInitial(LargestChange::new);

  /// Bits of the largest change so far.
  private final int[] largest = new int[CHUNK];

  private final float[] changes = new float[CHUNK];

  private LargestChange() {}

  /// Turns the models of a block into their task vectors, and adds the largest change to the base.
  static void add(Block block, double lambda) {
    TaskVectors.subtract(block, block.count(), block.count());
    LargestChange chunk = OF_THREAD.get();
    for (int at = 0; at < block.size(); at += CHUNK) {
      chunk.add(block, lambda, at, Math.min(CHUNK, block.size() - at));
    }
  }

  private void add(Block block, double lambda, int at, int size) {
    Arrays.fill(largest, 0, size, 0);
    for (int i = 0; i < block.count(); i++) {
      compare(block.operand(i), at, size);
    }
    MemorySegment.copy(largest, 0, MemorySegment.ofArray(changes), JAVA_INT_UNALIGNED, 0, size);
    add(block.base(), lambda, block.out(), at, size);
  }

  /// Takes the change where it is at least as large. No difference of magnitudes overflows.
  private void compare(float[] d, int at, int size) {
    MemorySegment bits = MemorySegment.ofArray(d);
    long start = 4L * at;
    for (int j = 0; j < size; j++) {
      int change = bits.get(JAVA_INT_UNALIGNED, start + 4L * j);
      int isLess = ((change & MAGNITUDE) - (largest[j] & MAGNITUDE)) >> 31;
      largest[j] = (largest[j] & isLess) | (change & ~isLess);
    }
  }

  private void add(float[] base, double lambda, float[] out, int at, int size) {
    for (int j = 0; j < size; j++) {
      out[at + j] = (float) (base[at + j] + lambda * changes[j]);
    }
  }
}
