// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.merge4j.MergeException;
import io.merge4j.safetensors.SafetensorsHeader;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.SourceFile;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// Weights of which only the headers are known yet; the files are downloaded together, verified,
/// when they are fetched or a tensor is first read.
final class RemoteWeights implements Checkpoint {

  /// Enough for the headers of most files in one request.
  private static final int FIRST_PIECE = 128 << 10;

  private final String name;
  private final Snapshot snapshot;
  private final ImmutableList<RepositoryFile> files;
  private final ImmutableMap<String, TensorSpec> specs;
  private final ImmutableMap<String, String> metadata;
  private @Nullable Checkpoint local;
  private boolean isClosed;

  private RemoteWeights(
      String name,
      Snapshot snapshot,
      ImmutableList<RepositoryFile> files,
      ImmutableMap<String, TensorSpec> specs,
      ImmutableMap<String, String> metadata) {
    this.name = name;
    this.snapshot = snapshot;
    this.files = files;
    this.specs = specs;
    this.metadata = metadata;
  }

  /// Reads the headers, several at once.
  ///
  /// @throws IOException if a file breaks the format
  static RemoteWeights open(String name, Snapshot snapshot, ImmutableList<RepositoryFile> files)
      throws IOException {
    Map<String, TensorSpec> specs = new LinkedHashMap<>();
    Map<String, String> metadata = new LinkedHashMap<>();
    for (SafetensorsHeader header : headers(snapshot, files)) {
      for (TensorSpec spec : header.specs()) {
        if (specs.putIfAbsent(spec.name(), spec) != null) {
          throw new IOException(
              "Tensor %s is in several files of %s, expected it in one"
                  .formatted(spec.name(), snapshot.reference()));
        }
      }
      header.metadata().forEach(metadata::putIfAbsent);
    }
    return new RemoteWeights(
        name, snapshot, files, ImmutableMap.copyOf(specs), ImmutableMap.copyOf(metadata));
  }

  private static ImmutableList<SafetensorsHeader> headers(
      Snapshot snapshot, ImmutableList<RepositoryFile> files) throws IOException {
    try {
      return Parallel.map(files, snapshot.connections(), file -> header(snapshot, file));
    } catch (UncheckedIOException e) {
      throw new IOException(String.valueOf(e.getMessage()), e);
    }
  }

  private static SafetensorsHeader header(Snapshot snapshot, RepositoryFile file) {
    String title = file.path() + " of " + snapshot.reference();
    byte[] start = snapshot.read(file, 0, Math.min(file.size(), FIRST_PIECE));
    try {
      int extent = SafetensorsHeader.extent(title, file.size(), ByteBuffer.wrap(start));
      ByteBuffer whole = ByteBuffer.allocate(Math.max(extent, start.length)).put(start);
      if (whole.hasRemaining()) {
        whole.put(snapshot.read(file, start.length, extent));
      }
      return SafetensorsHeader.parse(title, file.size(), whole.flip());
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public ImmutableList<TensorSpec> specs() {
    return specs.values().asList();
  }

  @Override
  public ImmutableMap<String, String> metadata() {
    return metadata;
  }

  @Override
  public synchronized Optional<Tensor> find(String tensor) {
    if (local != null) {
      return local.find(tensor);
    }
    return Optional.ofNullable(specs.get(tensor)).map(spec -> new RemoteTensor(this, spec));
  }

  @Override
  public synchronized long bytesToFetch() {
    return local == null ? missing().stream().mapToLong(RepositoryFile::size).sum() : 0;
  }

  @Override
  public synchronized ImmutableMap<Path, Long> spaceToFetch() {
    return local == null ? snapshot.missing(missing()) : ImmutableMap.of();
  }

  @Override
  public synchronized ImmutableList<SourceFile> files() {
    return local == null ? ImmutableList.of() : local.files();
  }

  private List<RepositoryFile> missing() {
    return files.stream().filter(file -> !snapshot.isHere(file)).toList();
  }

  @Override
  public synchronized void fetch(LongConsumer progress) throws IOException {
    if (isClosed) {
      throw new IllegalStateException("Model " + name + " is closed");
    }
    if (local == null) {
      try {
        snapshot.download(files::contains, new Sum(missing(), progress));
        local = HubModels.local(snapshot, files);
      } catch (HubException | MergeException e) {
        throw new IOException(e.getMessage(), e);
      }
    }
  }

  private synchronized Tensor local(String tensor) {
    if (local == null) {
      try {
        fetch(received -> {});
      } catch (IOException e) {
        throw new MergeException(
            "Cannot read tensor %s of %s: %s".formatted(tensor, name, e.getMessage()), e);
      }
    }
    return find(tensor)
        .filter(found -> !(found instanceof RemoteTensor))
        .orElseThrow(() -> new MergeException("Tensor %s is not in %s".formatted(tensor, name)));
  }

  @Override
  public synchronized void close() {
    isClosed = true;
    if (local != null) {
      local.close();
    }
  }

  /// A tensor that is downloaded when it is read.
  private record RemoteTensor(RemoteWeights weights, TensorSpec spec) implements Tensor {

    @Override
    public void read(long first, int count, float[] into, int at) {
      weights.local(spec.name()).read(first, count, into, at);
    }

    @Override
    public void copy(long firstByte, MemorySegment into) {
      weights.local(spec.name()).copy(firstByte, into);
    }

    @Override
    public Optional<MemorySegment> bytes() {
      return weights.local(spec.name()).bytes();
    }
  }

  /// Adds up what has arrived of the missing files.
  private static final class Sum implements DownloadListener {

    private final Map<RepositoryFile, Long> received = new HashMap<>();
    private final LongConsumer progress;

    Sum(List<RepositoryFile> missing, LongConsumer progress) {
      missing.forEach(file -> received.put(file, 0L));
      this.progress = progress;
    }

    @Override
    public void advanced(RepositoryFile file, long bytes) {
      if (received.replace(file, bytes) != null) {
        progress.accept(received.values().stream().mapToLong(Long::longValue).sum());
      }
    }

    @Override
    public void finished(RepositoryFile file) {
      advanced(file, file.size());
    }
  }
}
