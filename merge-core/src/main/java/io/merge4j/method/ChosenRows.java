// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicIntegerArray;

/// Which elements of a tensor stay, a bit each, as far as rows were chosen already: what one pass
/// found costs the next one little.
///
/// The elements of a row are seen as a table of 32 rows; a word has the bits of a column, so that
/// loops over words become vectors.
final class ChosenRows {

  /// The task vectors of a weight have no room here if their bits took more words together.
  private static final long MOST_WORDS = 1 << 22;

  private final int row;

  /// Words of a row.
  private final int columns;

  private final int[] words;

  /// A thread's words of one row, on their way: loops between two places of arrays of one type stay
  /// scalar, since the arrays might be one, so these are in an array of floats.
  private final ThreadLocal<MemorySegment> bits;

  /// By row, 1 once its words are there.
  private final AtomicIntegerArray done;

  /// @param rows how many there are
  /// @param row elements of each
  /// @param models number of task vectors of the weight, which share the room
  ChosenRows(long rows, int row, int models) {
    this.row = row;
    columns = Math.ceilDiv(row, Integer.SIZE);
    boolean hasRoom = rows * columns <= MOST_WORDS / models;
    words = new int[hasRoom ? (int) rows * columns : 0];
    bits = ThreadLocal.withInitial(() -> MemorySegment.ofArray(new float[columns]));
    done = new AtomicIntegerArray(hasRoom ? (int) rows : 0);
  }

  /// Keeps what was chosen, all ones for each element that stays. Threads may do so for the same
  /// row at once: each word is written whole, and has one value.
  ///
  /// @param start the row's first element
  void put(long start, int[] kept) {
    if (done.length() > 0) {
      int number = (int) (start / row);
      MemorySegment mine = bits.get().fill((byte) 0);
      for (int from = 0, bit = 0; from < row; from += columns, bit++) {
        pack(kept, from, Math.min(columns, row - from), bit, mine);
      }
      MemorySegment.copy(mine, JAVA_INT_UNALIGNED, 0, words, number * columns, columns);
      done.setRelease(number, 1);
    }
  }

  private static void pack(int[] kept, int from, int count, int bit, MemorySegment into) {
    for (int j = 0; j < count; j++) {
      int others = into.get(JAVA_INT_UNALIGNED, 4L * j);
      into.set(JAVA_INT_UNALIGNED, 4L * j, others | (kept[from + j] & 1) << bit);
    }
  }

  /// Brings back what was chosen.
  ///
  /// @return whether it was
  boolean get(long start, int[] kept) {
    if (done.length() == 0 || done.getAcquire((int) (start / row)) == 0) {
      return false;
    }
    MemorySegment mine = bits.get();
    int at = (int) (start / row) * columns;
    MemorySegment.copy(words, at, mine, JAVA_INT_UNALIGNED, 0, columns);
    for (int from = 0, bit = 0; from < row; from += columns, bit++) {
      unpack(mine, bit, kept, from, Math.min(columns, row - from));
    }
    return true;
  }

  private static void unpack(MemorySegment words, int bit, int[] kept, int from, int count) {
    int left = Integer.SIZE - 1 - bit;
    for (int j = 0; j < count; j++) {
      kept[from + j] = words.get(JAVA_INT_UNALIGNED, 4L * j) << left >> 31;
    }
  }
}
