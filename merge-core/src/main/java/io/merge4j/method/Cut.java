// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import io.merge4j.kernel.Kernels;
import java.lang.foreign.MemorySegment;

/// The elements of largest magnitude of a tensor: those above a threshold, and of those that equal
/// it the ones of lowest index.
///
/// Magnitudes compare as their bits do, `floatToRawIntBits(v) & 0x7fffffff`: NaN ranks above
/// infinity.
///
/// @param bits magnitude of the least element inside
/// @param block first index of the block up to which elements that equal it are inside
/// @param inBlock how many of them are inside in that block
record Cut(int bits, long block, int inBlock) {

  /// Every element is inside.
  static final Cut ALL = new Cut(-1, -1, 0);

  /// No element is inside.
  static final Cut NOTHING = new Cut(Integer.MAX_VALUE, -1, 0);

  /// Magnitude of an element, in an order that also knows NaN.
  static int magnitude(float value) {
    return Float.floatToRawIntBits(value) & 0x7fffffff;
  }

  /// Sets the elements outside to zero.
  ///
  /// @param x what was measured, from index `first` of the tensor on
  void keep(float[] x, long first, int count) {
    if (first == block) {
      Mask.keep(atBoundary(x, count, new int[count], 0), 0, x, 0, count);
    } else {
      Kernels.best().keep(x, 0, count, outside(first), Integer.MAX_VALUE);
    }
  }

  /// Sets the elements inside to zero.
  void drop(float[] x, long first, int count) {
    if (first == block) {
      Mask.keep(atBoundary(x, count, new int[count], -1), 0, x, 0, count);
    } else {
      Kernels.best().keep(x, 0, count, -1, outside(first));
    }
  }

  /// Whether an element is inside.
  ///
  /// @param first of its block
  /// @param equal how many elements of the block up to this one equal the threshold
  boolean holds(int magnitude, long first, int equal) {
    return first == block
        ? magnitude > bits || (magnitude == bits && equal <= inBlock)
        : magnitude > outside(first);
  }

  /// Writes all ones for each element of `measure` that is inside, else 0.
  void inside(float[] measure, long first, int count, int[] inside) {
    if (first == block) {
      atBoundary(measure, count, inside, 0);
      return;
    }
    MemorySegment magnitudes = MemorySegment.ofArray(measure);
    int outside = outside(first);
    for (int j = 0; j < count; j++) {
      // The sign of a difference of which neither side has one, so that it cannot overflow.
      int magnitude = magnitudes.get(JAVA_INT_UNALIGNED, 4L * j) & Integer.MAX_VALUE;
      inside[j] = (outside - magnitude) >> 31;
    }
  }

  /// The greatest magnitude outside, in a block that is not the one where that changes.
  private int outside(long first) {
    return first < block ? bits - 1 : bits;
  }

  /// @param invert 0 for all ones inside, -1 for all ones outside
  private int[] atBoundary(float[] measure, int count, int[] inside, int invert) {
    int equal = 0;
    for (int j = 0; j < count; j++) {
      int magnitude = magnitude(measure[j]);
      equal += magnitude == bits ? 1 : 0;
      inside[j] = invert ^ (holds(magnitude, block, equal) ? -1 : 0);
    }
    return inside;
  }
}
