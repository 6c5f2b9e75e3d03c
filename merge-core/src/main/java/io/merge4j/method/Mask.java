// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/// Chooses which elements of a task vector stay.
@FunctionalInterface
interface Mask {

  /// Every element stays.
  Mask ALL = (model, d, first, size) -> {};

  /// Sets the elements that do not stay to zero.
  ///
  /// @param model number of the model
  /// @param d elements of its task vector, `size` of them from index `first` of the tensor on
  void apply(int model, float[] d, long first, int size);

  /// Sets elements to zero, without a branch, which could not be predicted.
  ///
  /// @param kept all ones for an element that stays, else 0, from index `from` on
  static void keep(int[] kept, int from, float[] d, int at, int count) {
    MemorySegment bits = MemorySegment.ofArray(d);
    long start = 4L * at;
    for (int j = 0; j < count; j++) {
      long offset = start + 4L * j;
      bits.set(JAVA_INT_UNALIGNED, offset, bits.get(JAVA_INT_UNALIGNED, offset) & kept[from + j]);
    }
  }
}
