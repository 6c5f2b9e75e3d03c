// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.merge4j.safetensors.SafetensorsException.Reason;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.CheckpointFormat;
import io.merge4j.tensor.CheckpointLayout;
import io.merge4j.tensor.CheckpointWriter;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;

/// The safetensors format: single files, and directories as Hugging Face tools read and write them.
///
/// In a directory the first of these is taken: `model.safetensors`, the shards that
/// `model.safetensors.index.json` names, `adapter_model.safetensors`, unless a model in PyTorch's
/// format lies there too. Outputs are named likewise, and each file is, byte for byte, what the
/// reference writer makes of the same tensors.
public final class SafetensorsFormat implements CheckpointFormat {

  static final String SINGLE = "model.safetensors";
  static final String INDEX = "model.safetensors.index.json";
  private static final String ADAPTER = "adapter_model.safetensors";
  private static final String ANY_SHARD = "model-[0-9]*-of-[0-9]*.safetensors";

  /// For [java.util.ServiceLoader], and for anyone else: instances have no state.
  public SafetensorsFormat() {}

  @Override
  public String name() {
    return "safetensors";
  }

  /// Opens a `.safetensors` file, an index, or a directory, by mapping every file whole.
  ///
  /// @throws SafetensorsException if a file breaks the format or can't be read
  @Override
  public Optional<Checkpoint> open(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      return openDirectory(path);
    }
    String file = String.valueOf(path.getFileName());
    if (!present(path)) {
      return Optional.empty();
    }
    if (file.endsWith(ShardIndex.SUFFIX)) {
      return Optional.of(MappedCheckpoint.openShards(path, path, MappedFile::map));
    }
    return file.endsWith(ShardIndex.SHARD_SUFFIX)
        ? Optional.of(MappedCheckpoint.openFile(path, path, MappedFile::map))
        : Optional.empty();
  }

  private static Optional<Checkpoint> openDirectory(Path directory) throws IOException {
    Path single = directory.resolve(SINGLE);
    if (present(single)) {
      return Optional.of(MappedCheckpoint.openFile(directory, single, MappedFile::map));
    }
    Path index = directory.resolve(INDEX);
    if (present(index)) {
      return Optional.of(MappedCheckpoint.openShards(directory, index, MappedFile::map));
    }
    refuseShardsWithoutIndex(directory);
    Path adapter = directory.resolve(ADAPTER);
    return present(adapter) && !TorchFormat.holdsModel(directory)
        ? Optional.of(MappedCheckpoint.openFile(directory, adapter, MappedFile::map))
        : Optional.empty();
  }

  /// Whether anything lies there, be it a link to nothing, which then gives an error of its own.
  private static boolean present(Path path) {
    return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
  }

  private static void refuseShardsWithoutIndex(Path directory) throws IOException {
    try (DirectoryStream<Path> shards = Files.newDirectoryStream(directory, ANY_SHARD)) {
      for (Path shard : shards) {
        throw new SafetensorsException(
            Reason.MISSING_INDEX,
            "Missing index %s: found %s, expected the list of the shards beside it; fetch it"
                .formatted(INDEX, shard.getFileName()),
            directory.toString(),
            null);
      }
    } catch (IOException | DirectoryIteratorException e) {
      throw SafetensorsException.unreadable(directory, e);
    }
  }

  /// Lays tensors out as the reference tools do.
  ///
  /// A new shard begins when the next tensor, in the given order, would exceed the limit; a tensor
  /// beyond the limit gets a shard of its own while the current one stays open. One shard is
  /// `model.safetensors`, several are `model-00001-of-000NN.safetensors`. Inside a file tensors
  /// stand by descending [io.merge4j.tensor.DType], then by name in the order of code points.
  ///
  /// `format: pt` is added to the metadata if it names no format: some readers insist on it.
  ///
  /// @throws IllegalArgumentException if a name or a string can't be stored, occurs twice, or a
  ///   header would exceed the format's limit
  @Override
  public CheckpointLayout layout(
      ImmutableList<TensorSpec> specs, long maxShardBytes, ImmutableMap<String, String> metadata) {
    return Layouts.layout(specs, maxShardBytes, metadata);
  }

  /// Creates the files at their final sizes, readable by no one before they are finished.
  ///
  /// @throws SafetensorsException if the directory has no room for them or they can't be created
  @Override
  public CheckpointWriter create(Path directory, CheckpointLayout layout) throws IOException {
    return SafetensorsWriter.create(directory, layout);
  }

  /// Opens files that [#create] made, unless one is missing or has another size or header.
  @Override
  public Optional<CheckpointWriter> resume(Path directory, CheckpointLayout layout)
      throws IOException {
    return SafetensorsWriter.resume(directory, layout);
  }
}
