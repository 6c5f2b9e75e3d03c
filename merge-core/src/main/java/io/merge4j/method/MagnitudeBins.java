// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// The elements of a row in bins by magnitude, the least first.
final class MagnitudeBins {

  /// They divide so many bits below the largest magnitude, which are 16 powers of two.
  private static final int SPAN = 27;

  private static final int MOST_BITS = 11;

  /// Their number, at most, and two.
  static final int MOST = (1 << MOST_BITS) + 2;

  private final int[] before = new int[MOST];
  private int[] of = {};
  private int[] earlier = {};
  private int shift;
  private int marks;

  /// Bytes that the bins of so many elements take.
  static long bytes(long size) {
    return (2 * size + MOST) * Integer.BYTES;
  }

  void resize(int size) {
    shift = SPAN - Math.min(MOST_BITS, 32 - Integer.numberOfLeadingZeros(size));
    marks = (1 << SPAN >> shift) + 2;
    if (size > of.length) {
      of = new int[size];
      earlier = new int[size];
    }
  }

  /// Takes the elements of a row.
  void count(float[] values, int size) {
    MemorySegment bits = MemorySegment.ofArray(values);
    int largest = 0;
    for (int j = 0; j < size; j++) {
      largest = Math.max(largest, bits.get(JAVA_INT_UNALIGNED, 4L * j) & Integer.MAX_VALUE);
    }
    int lowest = largest - (1 << SPAN);
    for (int j = 0; j < size; j++) {
      int magnitude = bits.get(JAVA_INT_UNALIGNED, 4L * j) & Integer.MAX_VALUE;
      of[j] = Math.max(0, magnitude - lowest) >> shift;
    }
    Arrays.fill(before, 0, marks, 0);
    for (int j = 0; j < size; j++) {
      earlier[j] = before[of[j] + 1]++;
    }
    for (int bin = 1; bin < marks; bin++) {
      before[bin] += before[bin - 1];
    }
  }

  /// Number of bins, and one.
  int marks() {
    return marks;
  }

  /// By bin, how many elements are in those before.
  int[] before() {
    return before;
  }

  /// By element, its bin.
  int[] of() {
    return of;
  }

  /// By element, how many of the same bin are before it in the row.
  int[] earlier() {
    return earlier;
  }
}
