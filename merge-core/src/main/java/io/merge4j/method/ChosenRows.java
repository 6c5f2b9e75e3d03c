// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import io.merge4j.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicIntegerArray;

/// Which elements of a tensor stay, a bit each, as far as rows were chosen already: what one pass
/// found costs the next one little.
///
/// The elements of a row are seen as a table of 32 rows; a word has the bits of a column, so that
/// loops over words become vectors.
final class ChosenRows {

  /// The task vectors of a weight have no room here if their bits took more words together.
  private static final long MOST_WORDS = 1 << 22;

  /// A thread's words of one row, on their way: loops between two places of arrays of one type stay
  /// scalar, since the arrays might be one, so these are in an array of floats.
  private static final ThreadLocal<float[]> BITS = ThreadLocal.withInitial(() -> new float[0]);

  private final int row;

  /// Words of a row.
  private final int columns;

  private final MemorySegment words;

  /// By row, 1 once its words are there.
  private final AtomicIntegerArray done;

  /// @param rows how many there are
  /// @param row elements of each
  /// @param models number of task vectors of the weight, which share the room
  /// @param memory for what is kept
  ChosenRows(long rows, int row, int models, SegmentAllocator memory) {
    this.row = row;
    columns = Math.ceilDiv(row, Integer.SIZE);
    long kept = words(rows, row, models);
    words = memory.allocate(JAVA_FLOAT, kept);
    done = new AtomicIntegerArray(kept > 0 ? (int) rows : 0);
  }

  /// Words of all rows of a task vector; 0 if it has no room.
  private static long words(long rows, long row, int models) {
    long all = rows * Math.ceilDiv(row, Integer.SIZE);
    return all <= MOST_WORDS / models ? all : 0;
  }

  /// Bytes that are kept of a task vector.
  ///
  /// @param models number of task vectors of the weight, which share the room
  static long bytes(Shape shape, int models) {
    long row = Math.max(1, shape.rowLength());
    return Integer.BYTES * words(shape.elements() / row, row, Math.max(1, models));
  }

  /// Keeps what was chosen, all ones for each element that stays. Threads may do so for the same
  /// row at once: each word is written whole, and has one value.
  ///
  /// @param start the row's first element
  void put(long start, int[] kept) {
    if (done.length() > 0) {
      int number = (int) (start / row);
      float[] mine = bits();
      Arrays.fill(mine, 0, columns, 0);
      for (int from = 0, bit = 0; from < row; from += columns, bit++) {
        pack(kept, from, Math.min(columns, row - from), bit, mine);
      }
      MemorySegment.copy(mine, 0, words, JAVA_FLOAT, offset(number), columns);
      done.setRelease(number, 1);
    }
  }

  private float[] bits() {
    if (BITS.get().length < columns) {
      BITS.set(new float[columns]);
    }
    return BITS.get();
  }

  /// Where the words of a row are.
  private long offset(long number) {
    return number * columns * Integer.BYTES;
  }

  private static void pack(int[] kept, int from, int count, int bit, float[] words) {
    MemorySegment into = MemorySegment.ofArray(words);
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
    float[] mine = bits();
    MemorySegment.copy(words, JAVA_FLOAT, offset(start / row), mine, 0, columns);
    for (int from = 0, bit = 0; from < row; from += columns, bit++) {
      unpack(mine, bit, kept, from, Math.min(columns, row - from));
    }
    return true;
  }

  private static void unpack(float[] bits, int bit, int[] kept, int from, int count) {
    MemorySegment words = MemorySegment.ofArray(bits);
    int left = Integer.SIZE - 1 - bit;
    for (int j = 0; j < count; j++) {
      kept[from + j] = words.get(JAVA_INT_UNALIGNED, 4L * j) << left >> 31;
    }
  }
}
