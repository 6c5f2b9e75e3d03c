// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Optional;

/// One mapped file of a checkpoint, whatever its format.
interface Shard {

  /// The file.
  Mapping mapping();

  /// Its path, for messages.
  default String name() {
    return mapping().name();
  }

  /// Its tensors, in the order of their data.
  ImmutableList<TensorSpec> specs();

  Optional<Tensor> find(String tensor);

  /// Strings stored beside the tensors.
  ImmutableMap<String, String> metadata();

  /// Maps files of one format.
  @FunctionalInterface
  interface Opener {
    /// Maps one file.
    ///
    /// @param arena when the mapping ends
    Shard open(Path file, Arena arena) throws IOException;
  }
}
