// SPDX-License-Identifier: Apache-2.0
package io.merge4j.tensor;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;

/// Which tensor goes to which file, decided before the first value is computed.
///
/// @param shards the files, in order; their tensors in the order of their data
/// @param metadata strings stored beside the tensors
public record CheckpointLayout(ImmutableList<Shard> shards, ImmutableMap<String, String> metadata) {

  /// One file.
  ///
  /// @param file name inside the model directory
  /// @param bytes size of the whole file, header included
  /// @param tensors its tensors, in the order of their data
  public record Shard(String file, long bytes, ImmutableList<TensorSpec> tensors) {}

  /// All tensors in the order of their data.
  public ImmutableList<TensorSpec> tensors() {
    return shards.stream()
        .flatMap(shard -> shard.tensors().stream())
        .collect(ImmutableList.toImmutableList());
  }

  /// Size of all files.
  public long bytes() {
    return shards.stream().mapToLong(Shard::bytes).sum();
  }
}
