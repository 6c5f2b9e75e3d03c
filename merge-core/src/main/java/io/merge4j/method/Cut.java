// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.kernel.Kernels;

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
      selectAtBoundary(x, x, count, 0);
    } else {
      Kernels.best().keep(x, 0, count, outside(first), Integer.MAX_VALUE);
    }
  }

  /// Sets the elements inside to zero.
  void drop(float[] x, long first, int count) {
    if (first == block) {
      selectAtBoundary(x, x, count, -1);
    } else {
      Kernels.best().keep(x, 0, count, -1, outside(first));
    }
  }

  /// Sets the elements of `x` to zero whose `measure` is outside.
  void keep(float[] x, float[] measure, long first, int count) {
    if (first == block) {
      selectAtBoundary(x, measure, count, 0);
      return;
    }
    int outside = outside(first);
    for (int j = 0; j < count; j++) {
      // All ones where the magnitude is greater; neither side has a sign, so nothing overflows.
      int inside = (outside - magnitude(measure[j])) >> 31;
      x[j] = Float.intBitsToFloat(Float.floatToRawIntBits(x[j]) & inside);
    }
  }

  /// The greatest magnitude outside, in a block that is not the one where that changes.
  private int outside(long first) {
    return first < block ? bits - 1 : bits;
  }

  /// @param invert 0 to keep what is inside, -1 to keep what is outside
  private void selectAtBoundary(float[] x, float[] measure, int count, int invert) {
    int equal = 0;
    for (int j = 0; j < count; j++) {
      int magnitude = magnitude(measure[j]);
      boolean inside = magnitude > bits || (magnitude == bits && equal++ < inBlock);
      if (inside == (invert != 0)) {
        x[j] = 0;
      }
    }
  }
}
