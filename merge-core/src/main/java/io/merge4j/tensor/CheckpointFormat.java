// SPDX-License-Identifier: Apache-2.0
package io.merge4j.tensor;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.merge4j.MergeException;
import io.merge4j.service.Providers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// A file format of checkpoints, found through [java.util.ServiceLoader].
///
/// The engine knows formats only through this interface.
public interface CheckpointFormat {

  /// Name for messages and options, e.g. `safetensors`.
  String name();

  /// Opens the checkpoint at `path`, a file or a directory, if it is of this format.
  ///
  /// Headers are read and checked, data is not.
  ///
  /// @return empty if nothing of this format lies there
  /// @throws IOException if something of this format lies there and is damaged or unreadable
  Optional<Checkpoint> open(Path path) throws IOException;

  /// Whether checkpoints of this format can be written; if not, [#layout] and [#create] throw
  /// [UnsupportedOperationException].
  default boolean writes() {
    return true;
  }

  /// Lays tensors out in files of at most `maxShardBytes` bytes of tensor data each; a larger
  /// tensor gets a file of its own.
  ///
  /// @param specs all tensors; names are unique; the order decides which tensors share a shard
  /// @param metadata strings to store beside the tensors
  CheckpointLayout layout(
      ImmutableList<TensorSpec> specs, long maxShardBytes, ImmutableMap<String, String> metadata);

  /// Creates the files of a layout made by this format inside `directory`, at their final sizes.
  ///
  /// @param directory an existing directory that holds none of the layout's files
  CheckpointWriter create(Path directory, CheckpointLayout layout) throws IOException;

  /// Opens files that [#create] made of the same layout in an earlier run that was cut short.
  ///
  /// What stands in them is as that run left it, and no tensor counts as written: the caller reads
  /// what it trusts ([CheckpointWriter#read]), and either [keeps][CheckpointWriter#keep] it or
  /// writes it again.
  ///
  /// @return empty if the files are not those of the layout, or the format does not allow this
  default Optional<CheckpointWriter> resume(Path directory, CheckpointLayout layout)
      throws IOException {
    return Optional.empty();
  }

  /// The format that outputs are written in: the first that is written.
  ///
  /// @throws MergeException if there is none
  static CheckpointFormat writing() {
    return Providers.formats()
        .filter(CheckpointFormat::writes)
        .findFirst()
        .orElseThrow(() ->
            new MergeException(
                "No checkpoint format is available; put merge-safetensors on the class or module path"));
  }
}
