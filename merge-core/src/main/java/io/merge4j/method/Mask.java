// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

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
}
