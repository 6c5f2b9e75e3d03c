// SPDX-License-Identifier: Apache-2.0
package io.merge4j.adapter;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.SourceFile;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.stream.Stream;

/// A checkpoint seen through an adapter.
///
/// A tensor that the adapter changes is a view that is made anew each time it is asked for, and
/// what the view holds to compute its elements goes with it.
///
/// @param changes by the name of the tensor they change, in the order in which they apply
/// @param added tensors that the base lacks, before they are changed
/// @param config the file that says how
/// @param closesBase whether closing it closes the base, too
record AdaptedCheckpoint(
    String name,
    Checkpoint base,
    Checkpoint adapter,
    ImmutableMap<String, ImmutableList<Change>> changes,
    ImmutableMap<String, Tensor> added,
    SourceFile config,
    boolean closesBase)
    implements Checkpoint {

  /// A change of one tensor.
  @FunctionalInterface
  interface Change {
    Tensor apply(Tensor weight);
  }

  @Override
  public ImmutableList<TensorSpec> specs() {
    return Stream.concat(base.specs().stream(), added.values().stream().map(Tensor::spec))
        .map(spec ->
            changes.containsKey(spec.name()) ? find(spec.name()).orElseThrow().spec() : spec)
        .collect(ImmutableList.toImmutableList());
  }

  @Override
  public Optional<Tensor> find(String tensor) {
    Optional<Tensor> found = Optional.ofNullable(added.get(tensor)).or(() -> base.find(tensor));
    List<Change> wanted = changes.getOrDefault(tensor, ImmutableList.of());
    for (Change change : wanted) {
      found = found.map(change::apply);
    }
    return found;
  }

  @Override
  public ImmutableList<SourceFile> files() {
    boolean known = !base.files().isEmpty() && !adapter.files().isEmpty();
    return known
        ? ImmutableList.<SourceFile>builder()
            .addAll(base.files())
            .addAll(adapter.files())
            .add(config)
            .build()
        : ImmutableList.of();
  }

  @Override
  public ImmutableMap<String, String> metadata() {
    return base.metadata();
  }

  @Override
  public long bytesToFetch() {
    return base.bytesToFetch() + adapter.bytesToFetch();
  }

  @Override
  public ImmutableMap<Path, Long> spaceToFetch() {
    return ImmutableMap.<Path, Long>builder()
        .putAll(base.spaceToFetch())
        .putAll(adapter.spaceToFetch())
        .buildKeepingLast();
  }

  @Override
  public void fetch(LongConsumer progress) throws IOException {
    long first = base.bytesToFetch();
    base.fetch(progress);
    adapter.fetch(received -> progress.accept(first + received));
  }

  @Override
  public void close() {
    adapter.close();
    if (closesBase) {
      base.close();
    }
  }
}
