// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.merge4j.Block;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Words of 32 bits that are appended one after the other, off the heap: there they are neither
/// moved by a collection nor wait for one when they are of no use any more.
final class WordList {

  /// Words of a part.
  static final int PART = 1 << 11;

  /// Of the elements of a block, on their way.
  private static final ThreadLocal<int[]> BITS = ThreadLocal.withInitial(() -> new int[Block.SIZE]);

  private final Arena arena;
  private final List<MemorySegment> parts = new ArrayList<>();
  private int size;

  /// @param arena whose end is that of the words
  WordList(Arena arena) {
    this.arena = arena;
  }

  /// Appends the bits of some elements.
  ///
  /// @param places indices of the elements, `count` of them, no more than a block has
  /// @param mask of the bits that stay
  void add(float[] x, int[] places, int count, int mask) {
    int[] words = BITS.get();
    for (int k = 0; k < count; k++) {
      words[k] = Float.floatToRawIntBits(x[places[k]]) & mask;
    }
    for (int done = 0; done < count; ) {
      int start = size % PART;
      if (start == 0) {
        parts.add(arena.allocate(JAVA_INT, PART));
      }
      int length = Math.min(count - done, PART - start);
      MemorySegment.copy(words, done, parts.getLast(), JAVA_INT, offset(start), length);
      done += length;
      size += length;
    }
  }

  /// Copies `count` words from number `from` on to the beginning of `into`.
  void copy(int from, int count, int[] into) {
    for (int done = 0; done < count; ) {
      int start = (from + done) % PART;
      int length = Math.min(count - done, PART - start);
      MemorySegment part = parts.get((from + done) / PART);
      MemorySegment.copy(part, JAVA_INT, offset(start), into, done, length);
      done += length;
    }
  }

  private static long offset(int start) {
    return (long) start * Integer.BYTES;
  }

  /// Gives all to `some`, a part at a time.
  ///
  /// @param room for a part
  void forEach(Words.Some some, int[] room) {
    for (int from = 0; from < size; from += PART) {
      int count = Math.min(PART, size - from);
      copy(from, count, room);
      some.take(room, count);
    }
  }
}
