// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import io.merge4j.tensor.TensorSpec;

/// A tensor that a planned merge reads.
///
/// @param model name of the model it is taken from
/// @param tensor the tensor there; only the leading rows are read where models differ in vocabulary
public record Input(String model, TensorSpec tensor) {}
