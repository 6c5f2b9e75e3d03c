// SPDX-License-Identifier: Apache-2.0
package io.merge4j.tensor;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.LongConsumer;

/// A set of named tensors that can be read: a file, a directory of shards, or tensors in memory.
///
/// Opening reads headers only. Closing releases the mappings; tensors obtained from the checkpoint
/// must not be read afterwards.
public interface Checkpoint extends AutoCloseable {

  /// Where it comes from, for messages: a path or a repository id.
  String name();

  /// All tensors, in the order in which their data is stored.
  ImmutableList<TensorSpec> specs();

  /// The tensor of that name, if there is one.
  Optional<Tensor> find(String tensor);

  /// Free-form string metadata stored beside the tensors, such as `format: pt`.
  default ImmutableMap<String, String> metadata() {
    return ImmutableMap.of();
  }

  /// The files that are read, as they were when they were opened; empty for tensors in memory, and
  /// for a remote model before [#fetch].
  default ImmutableList<SourceFile> files() {
    return ImmutableList.of();
  }

  /// Bytes of tensor data that are not on this machine yet; 0 for anything but a remote model.
  default long bytesToFetch() {
    return 0;
  }

  /// The files that [#fetch] will store, with the bytes that are missing of each, less those that
  /// an earlier attempt left; empty for anything but a remote model.
  default ImmutableMap<Path, Long> spaceToFetch() {
    return ImmutableMap.of();
  }

  /// Brings all tensor data to this machine, if it is not there; called before a merge creates its
  /// output, so that a download that fails leaves nothing behind. Reading a tensor does the same.
  ///
  /// @param progress told how many of [#bytesToFetch] bytes have arrived, never by two threads at
  ///   once
  /// @throws IOException if that fails; the message says why and what to do
  default void fetch(LongConsumer progress) throws IOException {}

  @Override
  void close();

  /// A checkpoint of tensors at hand, in the given order; closing it does nothing.
  static Checkpoint of(String name, Iterable<? extends Tensor> tensors) {
    return MemoryCheckpoint.of(name, tensors);
  }
}
