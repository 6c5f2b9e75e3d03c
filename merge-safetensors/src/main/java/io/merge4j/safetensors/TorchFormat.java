// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.io.MoreFiles;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.CheckpointFormat;
import io.merge4j.tensor.CheckpointLayout;
import io.merge4j.tensor.CheckpointWriter;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Files that `torch.save` wrote, read without running anything of them; not written.
///
/// In a directory the first of these is taken: `pytorch_model.bin`, the shards that
/// `pytorch_model.bin.index.json` names, `adapter_model.bin`. Where there is safetensors too, that
/// is preferred.
public final class TorchFormat implements CheckpointFormat {

  private static final String SINGLE = "pytorch_model.bin";
  private static final String INDEX = "pytorch_model.bin.index.json";
  private static final String ADAPTER = "adapter_model.bin";
  private static final ImmutableSet<String> EXTENSIONS =
      ImmutableSet.of("bin", "pt", "pth", "ckpt");

  /// For [java.util.ServiceLoader], and for anyone else: instances have no state.
  public TorchFormat() {}

  @Override
  public String name() {
    return "pytorch";
  }

  /// Opens a `.bin`, `.pt`, `.pth` or `.ckpt` file, an index, or a directory.
  ///
  /// @throws IOException if a file is damaged or holds more than tensors; the message says what
  @Override
  public Optional<Checkpoint> open(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      return openDirectory(path);
    }
    String file = String.valueOf(path.getFileName());
    if (!Files.exists(path)) {
      return Optional.empty();
    }
    if (file.endsWith(ShardIndex.TORCH_SUFFIX)) {
      return Optional.of(MappedCheckpoint.openShards(path, path, TorchShard::map));
    }
    return EXTENSIONS.contains(MoreFiles.getFileExtension(path))
        ? Optional.of(MappedCheckpoint.openFile(path, path, TorchShard::map))
        : Optional.empty();
  }

  private static Optional<Checkpoint> openDirectory(Path directory) throws IOException {
    Path index = directory.resolve(INDEX);
    for (String single : new String[] {SINGLE, ADAPTER}) {
      Path file = directory.resolve(single);
      if (Files.exists(file)) {
        return Optional.of(MappedCheckpoint.openFile(directory, file, TorchShard::map));
      }
      if (Files.exists(index)) {
        return Optional.of(MappedCheckpoint.openShards(directory, index, TorchShard::map));
      }
    }
    return Optional.empty();
  }

  /// Whether the weights of a model, not just of an adapter, lie in a directory.
  static boolean holdsModel(Path directory) {
    return Files.exists(directory.resolve(SINGLE)) || Files.exists(directory.resolve(INDEX));
  }

  @Override
  public boolean writes() {
    return false;
  }

  @Override
  public CheckpointLayout layout(
      ImmutableList<TensorSpec> specs, long maxShardBytes, ImmutableMap<String, String> metadata) {
    throw new UnsupportedOperationException("PyTorch files are not written; write safetensors");
  }

  @Override
  public CheckpointWriter create(Path directory, CheckpointLayout layout) {
    throw new UnsupportedOperationException("PyTorch files are not written; write safetensors");
  }
}
