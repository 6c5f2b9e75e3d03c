// SPDX-License-Identifier: Apache-2.0
package io.merge4j.torch;

/// Where the elements of a view lie: element `(i, j, ...)` at `first + i stride[0] + j stride[1]
/// ...`
///
/// @param first position of the first element
/// @param size dimensions, outermost first
/// @param stride steps from one index to the next, for each dimension
// The arrays belong to one tensor and are never changed.
@SuppressWarnings("ArrayRecordComponent")
record Strides(long first, long[] size, long[] stride) {

  /// Takes evenly spaced elements.
  @FunctionalInterface
  interface Take {
    /// Takes some.
    ///
    /// @param done elements taken before
    /// @param position of the first
    /// @param step from one to the next
    /// @param count how many
    void run(int done, long position, long step, int count);
  }

  /// Walks `count` elements from element `from` on, row-major, a row or a part of one at a time.
  void walk(long from, int count, Take take) {
    int last = size.length - 1;
    if (last < 0) {
      take.run(0, first, 1, count);
      return;
    }
    long[] index = index(from);
    for (int done = 0; done < count; ) {
      int run = (int) Math.min(count - done, size[last] - index[last]);
      take.run(done, position(index), stride[last], run);
      done += run;
      index[last] += run;
      carry(index);
    }
  }

  private long[] index(long element) {
    long[] index = new long[size.length];
    for (int i = index.length - 1; i >= 0; i--) {
      index[i] = element % size[i];
      element /= size[i];
    }
    return index;
  }

  private long position(long[] index) {
    long position = first;
    for (int i = 0; i < index.length; i++) {
      position += index[i] * stride[i];
    }
    return position;
  }

  private void carry(long[] index) {
    for (int i = index.length - 1; i > 0 && index[i] == size[i]; i--) {
      index[i] = 0;
      index[i - 1]++;
    }
  }
}
