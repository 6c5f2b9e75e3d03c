// SPDX-License-Identifier: Apache-2.0
package io.merge4j.adapter;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.merge4j.svd.Truncation;
import io.merge4j.tensor.CheckpointFormat;
import io.merge4j.tensor.CheckpointLayout;
import io.merge4j.tensor.CheckpointLayout.Shard;
import io.merge4j.tensor.CheckpointWriter;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.SourceFiles;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/// The weights of an adapter while it grows.
///
/// Ranks are known only as matrices are finished, and the header of the output names all shapes; so
/// factors wait in a file beside it, not in memory. May be filled by many threads at once.
public final class AdapterFiles implements AutoCloseable {

  private static final String WEIGHTS = "adapter_model.safetensors";
  private static final int BLOCK = 1 << 20;

  private record Waiting(TensorSpec spec, long offset) {}

  private final Path directory;
  private final DType dtype;
  private final SourceFiles sources;
  private final Path scratch;
  private final FileChannel channel;
  private final Map<String, Waiting> waiting = new TreeMap<>();
  private final Map<String, Tensor> saved = new TreeMap<>();
  private long end;

  private AdapterFiles(
      Path directory, DType dtype, SourceFiles sources, Path scratch, FileChannel channel) {
    this.directory = directory;
    this.dtype = dtype;
    this.sources = sources;
    this.scratch = scratch;
    this.channel = channel;
  }

  /// Starts an adapter.
  ///
  /// @param dtype type of the factors
  /// @param sources what [saved][#save] tensors are read from
  public static AdapterFiles create(Path directory, DType dtype, SourceFiles sources)
      throws IOException {
    Path scratch = directory.resolve("factors");
    FileChannel channel =
        FileChannel.open(
            scratch,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
    return new AdapterFiles(directory, dtype, sources, scratch, channel);
  }

  /// The file that adapters are written to.
  public static CheckpointLayout layout(ImmutableList<TensorSpec> tensors) {
    CheckpointLayout plain =
        CheckpointFormat.writing().layout(tensors, Long.MAX_VALUE, ImmutableMap.of("format", "pt"));
    Shard shard = plain.shards().getFirst();
    return new CheckpointLayout(
        ImmutableList.of(new Shard(WEIGHTS, shard.bytes(), shard.tensors())), plain.metadata());
  }

  /// Stores the factors of a matrix; none if its rank is 0.
  ///
  /// @param matrix as the base names it
  /// @param layout how PEFT looks for them
  public void factors(TensorSpec matrix, Truncation found, FactorLayout layout) throws IOException {
    if (found.rank() == 0) {
      return;
    }
    ImmutableList<TensorSpec> factors = layout.factors(matrix, found.rank(), dtype);
    boolean straight = layout.isOutByIn();
    add(factors.getFirst(), straight ? found.thin() : found.tall());
    add(factors.getLast(), turned(straight ? found.tall() : found.thin()));
  }

  /// Takes a tensor that is written as it is.
  ///
  /// @param tensor under its name in the adapter; read at the end
  public synchronized void save(Tensor tensor) {
    saved.put(tensor.spec().name(), tensor);
  }

  private synchronized void add(TensorSpec spec, float[][] rows) throws IOException {
    long at = reserve(spec);
    for (float[] row : rows) {
      ByteBuffer bytes = Rounding.bytes(row, dtype).asByteBuffer();
      int size = bytes.remaining();
      write(at, bytes);
      at += size;
    }
  }

  /// Makes room for a tensor whose bytes are yet to be [written][#write].
  ///
  /// @param spec under its name in the adapter
  /// @return where they go
  public synchronized long reserve(TensorSpec spec) {
    long at = end;
    waiting.put(spec.name(), new Waiting(spec, at));
    end += spec.bytes();
    return at;
  }

  /// Writes some bytes where there was made room for them.
  public void write(long at, ByteBuffer bytes) throws IOException {
    for (long next = at; bytes.hasRemaining(); ) {
      next += channel.write(bytes, next);
    }
  }

  private static float[][] turned(float[][] rows) {
    float[][] turned = new float[rows[0].length][rows.length];
    for (int i = 0; i < rows.length; i++) {
      for (int j = 0; j < rows[i].length; j++) {
        turned[j][i] = rows[i][j];
      }
    }
    return turned;
  }

  /// The weights as they were written.
  ///
  /// @param checksums of each tensor's bytes, CRC-32C
  public record Finished(CheckpointLayout layout, ImmutableMap<String, Integer> checksums) {}

  /// Writes the weights, and leaves nothing else behind.
  ///
  /// @param sync whether they are forced to the storage device
  public Finished finish(boolean sync) throws IOException {
    Finished finished;
    try (Arena arena = Arena.ofShared()) {
      ImmutableList.Builder<Tensor> all = ImmutableList.builder();
      if (end > 0) {
        MemorySegment mapped = channel.map(MapMode.READ_ONLY, 0, end, arena);
        waiting
            .values()
            .forEach(each ->
                all.add(Tensor.of(each.spec, mapped.asSlice(each.offset, each.spec.bytes()))));
      }
      all.addAll(saved.values());
      finished = write(all.build(), sync);
    }
    channel.close();
    Files.delete(scratch);
    return finished;
  }

  private Finished write(ImmutableList<Tensor> tensors, boolean sync) throws IOException {
    CheckpointLayout layout =
        layout(tensors.stream().map(Tensor::spec).collect(ImmutableList.toImmutableList()));
    try (CheckpointWriter writer = CheckpointFormat.writing().create(directory, layout);
        Arena arena = Arena.ofConfined()) {
      MemorySegment block = arena.allocate(BLOCK);
      ImmutableMap.Builder<String, Integer> checksums = ImmutableMap.builder();
      for (Tensor tensor : tensors) {
        checksums.put(tensor.spec().name(), write(tensor, block, writer));
      }
      writer.finish(sync);
      return new Finished(layout, checksums.buildOrThrow());
    }
  }

  private int write(Tensor tensor, MemorySegment block, CheckpointWriter writer)
      throws IOException {
    CRC32C checksum = new CRC32C();
    long size = tensor.spec().bytes();
    try {
      for (long at = 0; at < size; at += BLOCK) {
        MemorySegment piece = block.asSlice(0, Math.min(BLOCK, size - at));
        tensor.copy(at, piece);
        checksum.update(piece.asByteBuffer());
        writer.write(tensor.spec().name(), at, piece.asByteBuffer());
      }
      return (int) checksum.getValue();
    } catch (InternalError e) {
      throw sources.unreadable(tensor.spec().name(), e);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
