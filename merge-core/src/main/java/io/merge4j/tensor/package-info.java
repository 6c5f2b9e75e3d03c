// SPDX-License-Identifier: Apache-2.0

/// Tensors and where they come from and go to.
///
/// A [io.merge4j.tensor.Checkpoint] gives [io.merge4j.tensor.Tensor]s by name; a
/// [io.merge4j.tensor.CheckpointFormat] reads and lays out files; a
/// [io.merge4j.tensor.CheckpointWriter] fills them. No file format is known here: the safetensors
/// module implements these interfaces. Start with [io.merge4j.tensor.Tensor].
package io.merge4j.tensor;
