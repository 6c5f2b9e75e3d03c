// SPDX-License-Identifier: Apache-2.0
package io.merge4j.adapter;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.SourceFile;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.stream.Stream;

/// An adapter as a checkpoint of what it adds to its base, in float32, and of what it brings in
/// full.
///
/// Where others bring a tensor in full and this adapter does not, it has the base's.
///
/// A tensor is a view that is made anew each time it is asked for, and what the view holds to
/// compute its elements goes with it. Closing leaves the adapter's own checkpoint open.
record DeltaCheckpoint(
    String name,
    Deltas adapter,
    ImmutableMap<String, Shape> shapes,
    ImmutableMap<String, Tensor> kept)
    implements Checkpoint {

  @Override
  public ImmutableList<TensorSpec> specs() {
    return Stream.concat(
            shapes.keySet().stream().map(tensor -> find(tensor).orElseThrow().spec()),
            Stream.concat(adapter.saved().keySet().stream(), kept.keySet().stream())
                .distinct()
                .map(tensor -> find(tensor).orElseThrow().spec()))
        .collect(ImmutableList.toImmutableList());
  }

  @Override
  public Optional<Tensor> find(String tensor) {
    Shape shape = shapes.get(tensor);
    if (shape == null) {
      return Optional.ofNullable(adapter.saved().get(tensor))
          .or(() -> Optional.ofNullable(kept.get(tensor)))
          .map(saved -> Deltas.named(tensor, saved));
    }
    return adapter
        .delta(tensor)
        .or(() -> Optional.of(LowRank.zero(new TensorSpec(tensor, DType.F32, shape))));
  }

  @Override
  public ImmutableList<SourceFile> files() {
    return adapter.checkpoint().files();
  }

  @Override
  public long bytesToFetch() {
    return adapter.checkpoint().bytesToFetch();
  }

  @Override
  public ImmutableMap<Path, Long> spaceToFetch() {
    return adapter.checkpoint().spaceToFetch();
  }

  @Override
  public void fetch(LongConsumer progress) throws IOException {
    adapter.checkpoint().fetch(progress);
  }

  @Override
  public void close() {}
}
