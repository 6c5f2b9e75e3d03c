// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.SourceFile;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/// One file or a set of shards, mapped into memory.
///
/// The mappings live in one shared arena from opening to closing: closing a shared arena is
/// expensive, so there is never one per tensor. A mapping takes address space, not memory: the
/// system drops its pages when it needs them. Replacing a mapped file by renaming another over it
/// is safe; truncating it in place makes reads fail with an [InternalError]. Interrupting a reading
/// thread does no harm.
final class MappedCheckpoint implements Checkpoint {

  private final String name;
  private final ImmutableList<? extends Shard> files;
  private final ImmutableList<TensorSpec> specs;
  private final Map<String, Shard> shards = new HashMap<>();
  private final ImmutableMap<String, String> metadata;
  private final Arena arena;
  private final AtomicBoolean closed = new AtomicBoolean();

  private MappedCheckpoint(String name, ImmutableList<? extends Shard> files, Arena arena) {
    this.name = name;
    this.files = files;
    this.specs =
        files.stream()
            .flatMap(file -> file.specs().stream())
            .collect(ImmutableList.toImmutableList());
    this.metadata =
        files.stream()
            .flatMap(file -> file.metadata().entrySet().stream())
            .collect(
                ImmutableMap.toImmutableMap(
                    Map.Entry::getKey, Map.Entry::getValue, (first, later) -> first));
    this.arena = arena;
    for (Shard file : files) {
      file.specs().forEach(spec -> shards.putIfAbsent(spec.name(), file));
    }
  }

  /// @param path what the user named: the file or its directory
  static MappedCheckpoint openFile(Path path, Path file, Shard.Opener opener) throws IOException {
    return map(path, List.of(file), opener);
  }

  /// @param path what the user named: the directory or the index
  static MappedCheckpoint openShards(Path path, Path indexFile, Shard.Opener opener)
      throws IOException {
    ShardIndex index = ShardIndex.read(indexFile);
    MappedCheckpoint checkpoint = map(path, index.paths(), opener);
    boolean sound = false;
    try {
      index.check(checkpoint.files);
      sound = true;
      return checkpoint;
    } finally {
      if (!sound) {
        checkpoint.close();
      }
    }
  }

  private static MappedCheckpoint map(Path path, List<Path> paths, Shard.Opener opener)
      throws IOException {
    Arena arena = Arena.ofShared();
    boolean mapped = false;
    try {
      ImmutableList.Builder<Shard> files = ImmutableList.builder();
      for (Path file : paths) {
        files.add(open(file, arena, opener));
      }
      MappedCheckpoint checkpoint = new MappedCheckpoint(path.toString(), files.build(), arena);
      mapped = true;
      return checkpoint;
    } finally {
      if (!mapped) {
        arena.close();
      }
    }
  }

  /// Headers are read from the mapping, which may shrink in this moment.
  private static Shard open(Path file, Arena arena, Shard.Opener opener) throws IOException {
    try {
      return opener.open(file, arena);
    } catch (InternalError e) {
      throw SafetensorsException.unreadable(
          file, new IOException("it was truncated, or its disk failed, while it was opened", e));
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public ImmutableList<TensorSpec> specs() {
    return specs;
  }

  @Override
  public Optional<Tensor> find(String tensor) {
    return Optional.ofNullable(shards.get(tensor)).flatMap(shard -> shard.find(tensor));
  }

  @Override
  public ImmutableList<SourceFile> files() {
    return files.stream()
        .map(file -> file.mapping().source())
        .collect(ImmutableList.toImmutableList());
  }

  /// The strings of all files; where shards differ, the first shard's.
  @Override
  public ImmutableMap<String, String> metadata() {
    return metadata;
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      arena.close();
    }
  }
}
