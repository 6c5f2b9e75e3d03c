// SPDX-License-Identifier: Apache-2.0
import org.jspecify.annotations.NullMarked;

/// Checkpoints on disk: safetensors files, sharded directories, PyTorch files.
@NullMarked
module io.merge4j.safetensors {
  requires transitive io.merge4j;
  requires static org.jspecify;
  requires static jdk.unsupported;
  requires tools.jackson.core;

  exports io.merge4j.safetensors;

  provides io.merge4j.tensor.CheckpointFormat with
      io.merge4j.safetensors.SafetensorsFormat,
      io.merge4j.safetensors.TorchFormat;
}
