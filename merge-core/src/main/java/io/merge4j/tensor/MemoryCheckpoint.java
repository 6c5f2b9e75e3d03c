// SPDX-License-Identifier: Apache-2.0
package io.merge4j.tensor;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Streams;
import java.util.Optional;

/// Tensors at hand as a checkpoint.
record MemoryCheckpoint(String name, ImmutableMap<String, Tensor> tensors) implements Checkpoint {

  static MemoryCheckpoint of(String name, Iterable<? extends Tensor> tensors) {
    return new MemoryCheckpoint(
        name,
        Streams.stream(tensors)
            .collect(ImmutableMap.toImmutableMap(tensor -> tensor.spec().name(), t -> t)));
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
  public void close() {}
}
