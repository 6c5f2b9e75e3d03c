// SPDX-License-Identifier: Apache-2.0
package io.merge4j.tensor;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The simplest format there can be, for tests of the engine: `weights.bin` holds the tensors one
/// after the other, `weights.txt` a line for each.
public final class RawFormat implements CheckpointFormat {

  private static final String DATA = "weights.bin";
  private static final String INDEX = "weights.txt";

  /// For the service loader.
  public RawFormat() {}

  @Override
  public String name() {
    return "raw";
  }

  @Override
  public Optional<Checkpoint> open(Path path) throws IOException {
    Path index = path.resolve(INDEX);
    if (!Files.exists(index)) {
      return Optional.empty();
    }
    MemorySegment data = MemorySegment.ofArray(Files.readAllBytes(path.resolve(DATA)));
    List<Tensor> tensors = new ArrayList<>();
    long at = 0;
    for (String line : Files.readAllLines(index)) {
      TensorSpec spec = spec(Splitter.on('\t').splitToList(line));
      tensors.add(Tensor.of(spec, data.asSlice(at, spec.bytes())));
      at += spec.bytes();
    }
    return Optional.of(Checkpoint.of(path.toString(), tensors));
  }

  private static TensorSpec spec(List<String> fields) {
    long[] dimensions = fields.stream().skip(2).mapToLong(Long::parseLong).toArray();
    return new TensorSpec(fields.get(0), DType.valueOf(fields.get(1)), Shape.of(dimensions));
  }

  @Override
  public CheckpointLayout layout(
      ImmutableList<TensorSpec> specs, long maxShardBytes, ImmutableMap<String, String> metadata) {
    long bytes = specs.stream().mapToLong(TensorSpec::bytes).sum();
    return new CheckpointLayout(
        ImmutableList.of(new CheckpointLayout.Shard(DATA, bytes, specs)), metadata);
  }

  @Override
  public CheckpointWriter create(Path directory, CheckpointLayout layout) throws IOException {
    FileChannel channel =
        FileChannel.open(
            directory.resolve(DATA), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    return new RawWriter(directory, layout, channel);
  }

  private static final class RawWriter implements CheckpointWriter {
    private final Path directory;
    private final CheckpointLayout layout;
    private final FileChannel channel;
    private final Map<String, Long> offsets = new HashMap<>();

    RawWriter(Path directory, CheckpointLayout layout, FileChannel channel) {
      this.directory = directory;
      this.layout = layout;
      this.channel = channel;
      long at = 0;
      for (TensorSpec spec : layout.tensors()) {
        offsets.put(spec.name(), at);
        at += spec.bytes();
      }
    }

    @Override
    public void write(String name, long offset, ByteBuffer bytes) throws IOException {
      long at = offsets.get(name) + offset;
      while (bytes.hasRemaining()) {
        at += channel.write(bytes, at);
      }
    }

    @Override
    public void finish(boolean sync) throws IOException {
      List<String> lines = new ArrayList<>();
      for (TensorSpec spec : layout.tensors()) {
        StringBuilder line = new StringBuilder(spec.name()).append('\t').append(spec.dtype());
        for (int axis = 0; axis < spec.shape().rank(); axis++) {
          line.append('\t').append(spec.shape().size(axis));
        }
        lines.add(line.toString());
      }
      Files.write(directory.resolve(INDEX), lines);
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
