// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import io.merge4j.torch.TorchFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Optional;

/// One PyTorch file, mapped whole.
record TorchShard(Mapping mapping, ImmutableMap<String, Tensor> tensors) implements Shard {

  /// @param arena when the mapping ends
  static TorchShard map(Path path, Arena arena) throws IOException {
    Mapping mapping = Mapping.of(path, arena);
    return new TorchShard(mapping, TorchFile.open(mapping.name(), mapping.bytes(), arena));
  }

  @Override
  public ImmutableList<TensorSpec> specs() {
    return tensors.values().stream().map(Tensor::spec).collect(ImmutableList.toImmutableList());
  }

  @Override
  public Optional<Tensor> find(String tensor) {
    return Optional.ofNullable(tensors.get(tensor));
  }

  @Override
  public ImmutableMap<String, String> metadata() {
    return ImmutableMap.of();
  }
}
