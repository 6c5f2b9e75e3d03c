// SPDX-License-Identifier: Apache-2.0
package io.merge4j.kernel;

import static io.merge4j.kernel.ScalarSelection.MAGNITUDE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Where in a table of elements, of [#ROWS] rows, the few are whose magnitude is in a range.
///
/// A loop that the compiler turns into vectors sets a bit for each element of the range in the word
/// of its column; then only the columns that have any are looked at, one by one.
final class Hits {

  /// Its arrays are used again and again: new ones for each block would pass through the cache.
  static final ThreadLocal<Hits> OF_THREAD = ThreadLocal.withInitial(Hits::new);

  private static final int COLUMNS = 256;
  private static final int ROWS = 16;

  /// Elements of a table.
  static final int TABLE = ROWS * COLUMNS;

  /// By column, a bit for each row.
  private final int[] words = new int[COLUMNS];

  /// Numbers of the columns that have any.
  private final int[] columns = new int[COLUMNS + 1];

  /// By row, how many there are, then the place of its next.
  private final int[] places = new int[ROWS];

  private Hits() {}

  /// Finds the magnitudes from `low` to `high` in the table that begins at `x[at]`.
  void find(float[] x, int at, int low, int high) {
    Arrays.fill(words, 0);
    for (int row = 0; row < ROWS; row++) {
      find(x, at + row * COLUMNS, low, high, row);
    }
  }

  private void find(float[] x, int at, int low, int high, int row) {
    MemorySegment bits = MemorySegment.ofArray(x);
    long start = 4L * at;
    for (int i = 0; i < COLUMNS; i++) {
      int magnitude = bits.get(JAVA_INT_UNALIGNED, start + 4L * i) & MAGNITUDE;
      words[i] |= ScalarSelection.inside(magnitude, low, high) >>> 31 << row;
    }
  }

  /// Appends the indices of what was found to `into`, in their order.
  ///
  /// @param from index of the table's first element
  /// @return the number of elements in `into` afterwards
  int append(int from, int[] into, int size) {
    int hit = listColumns();
    Arrays.fill(places, 0);
    for (int i = 0; i < hit; i++) {
      for (int word = words[columns[i]]; word != 0; word &= word - 1) {
        places[Integer.numberOfTrailingZeros(word)]++;
      }
    }
    int place = size;
    for (int row = 0; row < ROWS; row++) {
      int count = places[row];
      places[row] = place;
      place += count;
    }
    for (int i = 0; i < hit; i++) {
      int column = columns[i];
      for (int word = words[column]; word != 0; word &= word - 1) {
        int row = Integer.numberOfTrailingZeros(word);
        into[places[row]++] = from + row * COLUMNS + column;
      }
    }
    return place;
  }

  /// No branch, for it could not be predicted.
  private int listColumns() {
    int n = 0;
    for (int column = 0; column < COLUMNS; column++) {
      columns[n] = column;
      n += -words[column] >>> 31;
    }
    return n;
  }
}
