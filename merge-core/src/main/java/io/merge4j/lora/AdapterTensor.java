// SPDX-License-Identifier: Apache-2.0
package io.merge4j.lora;

import io.merge4j.tensor.Shape;

/// What became of one tensor of a model, or of several adapters, in the adapter that is written.
///
/// @param name its name in the model
/// @param how it is stored in the adapter
/// @param rank rank of its factors, 0 if it has none
/// @param energy share of the squared change that the adapter keeps, in [0, 1]
/// @param residual length of what it leaves of the change, a Frobenius norm
/// @param change length of the change, `‖tuned - base‖`, or of the merged changes; NaN if it is not
///   known
public record AdapterTensor(
    String name, Shape shape, How how, int rank, double energy, double residual, double change) {

  /// How a tensor is stored.
  public enum How {
    /// As a product of two thin matrices.
    LOW_RANK,
    /// In full, in place of the base's.
    SAVED,
    /// Not at all: it is as in the base.
    UNCHANGED,
    /// Not at all, although it changed.
    LEFT_OUT
  }
}
