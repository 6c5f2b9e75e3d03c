// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

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
    select(x, x, first, count, 0);
  }

  /// Sets the elements inside to zero.
  void drop(float[] x, long first, int count) {
    select(x, x, first, count, -1);
  }

  /// Sets the elements of `x` to zero whose `measure` is outside.
  void keep(float[] x, float[] measure, long first, int count) {
    select(x, measure, first, count, 0);
  }

  /// @param invert 0 to keep what is inside, -1 to keep what is outside
  private void select(float[] x, float[] measure, long first, int count, int invert) {
    if (first == block) {
      selectAtBoundary(x, measure, count, invert);
      return;
    }
    int above = first < block ? bits - 1 : bits;
    for (int j = 0; j < count; j++) {
      // All ones where the magnitude is greater; neither side has a sign, so nothing overflows.
      int inside = (above - magnitude(measure[j])) >> 31;
      x[j] = Float.intBitsToFloat(Float.floatToRawIntBits(x[j]) & (inside ^ invert));
    }
  }

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
