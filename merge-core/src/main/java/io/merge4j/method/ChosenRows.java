// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import java.util.concurrent.atomic.AtomicIntegerArray;

/// Which elements of a tensor stay, a bit each, as far as rows were chosen already: what one pass
/// found costs the next one little.
final class ChosenRows {

  /// The task vectors of a weight have no room here if their bits took more words together.
  private static final long MOST_WORDS = 1 << 21;

  private final int row;
  private final int wordsPerRow;
  private final long[] words;

  /// By row, 1 once its words are there.
  private final AtomicIntegerArray done;

  /// @param rows how many there are
  /// @param row elements of each
  /// @param models number of task vectors of the weight, which share the room
  ChosenRows(long rows, int row, int models) {
    this.row = row;
    wordsPerRow = (row + Long.SIZE - 1) / Long.SIZE;
    boolean hasRoom = rows * wordsPerRow <= MOST_WORDS / models;
    words = new long[hasRoom ? (int) rows * wordsPerRow : 0];
    done = new AtomicIntegerArray(hasRoom ? (int) rows : 0);
  }

  /// Keeps what was chosen, all ones for each element that stays. Threads may do so for the same
  /// row at once: each word is written whole, and has one value.
  ///
  /// @param start the row's first element
  void put(long start, int[] kept) {
    if (done.length() > 0) {
      int number = (int) (start / row);
      for (int i = 0; i < wordsPerRow; i++) {
        words[number * wordsPerRow + i] = word(kept, i * Long.SIZE);
      }
      done.setRelease(number, 1);
    }
  }

  private long word(int[] kept, int from) {
    long word = 0;
    for (int j = from; j < Math.min(row, from + Long.SIZE); j++) {
      word |= (kept[j] & 1L) << j;
    }
    return word;
  }

  /// Brings back what was chosen.
  ///
  /// @return whether it was
  boolean get(long start, int[] kept) {
    if (done.length() == 0 || done.getAcquire((int) (start / row)) == 0) {
      return false;
    }
    int at = (int) (start / row) * wordsPerRow;
    for (int j = 0; j < row; j++) {
      kept[j] = -(int) (words[at + j / Long.SIZE] >>> j & 1);
    }
    return true;
  }
}
