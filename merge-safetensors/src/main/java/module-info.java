// SPDX-License-Identifier: Apache-2.0
import org.jspecify.annotations.NullMarked;

/// Checkpoints on disk: safetensors files, sharded directories, PyTorch files.
@NullMarked
module io.merge4j.safetensors {
  requires transitive io.merge4j;
  requires static org.jspecify;

  exports io.merge4j.safetensors;
}
