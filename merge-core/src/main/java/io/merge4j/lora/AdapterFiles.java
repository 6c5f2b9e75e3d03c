// SPDX-License-Identifier: Apache-2.0
package io.merge4j.lora;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.merge4j.run.OutputDirectory;
import io.merge4j.run.OutputPlace;
import io.merge4j.tensor.CheckpointFormat;
import io.merge4j.tensor.CheckpointLayout;
import io.merge4j.tensor.CheckpointWriter;
import io.merge4j.tensor.ComputedTensor;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Shape;
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
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The files of an adapter while it grows.
///
/// Ranks are known only as matrices are finished, and the header of the output names all shapes; so
/// factors wait in a file beside it, not in memory.
final class AdapterFiles implements AutoCloseable {

  private static final String PREFIX = "base_model.model.";
  private static final int BLOCK = 1 << 20;

  private record Waiting(TensorSpec spec, long offset) {}

  private final Extraction extraction;
  private final OutputDirectory directory;
  private final Path scratch;
  private final FileChannel channel;
  private final Map<String, Waiting> factors = new TreeMap<>();
  private final Map<String, Tensor> saved = new TreeMap<>();
  private long end;

  private AdapterFiles(Extraction extraction, OutputDirectory directory) throws IOException {
    this.extraction = extraction;
    this.directory = directory;
    this.scratch = directory.path().resolve("factors");
    this.channel =
        FileChannel.open(
            scratch,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
  }

  static AdapterFiles create(Path target, Extraction extraction) throws IOException {
    OutputPlace.check(
        target,
        false,
        extraction.overwrite(),
        Stream.of(extraction.tuned(), extraction.base()).flatMap(m -> m.places().stream()));
    OutputDirectory directory = OutputDirectory.create(target, 0);
    try {
      return new AdapterFiles(extraction, directory);
    } catch (IOException | RuntimeException e) {
      directory.close();
      throw e;
    }
  }

  /// Stores the factors of a matrix.
  ///
  /// @param layout how PEFT looks for them
  void factors(String tensor, Truncation found, Factors layout) throws IOException {
    if (found.rank() == 0) {
      return;
    }
    String module = PREFIX + PeftConfig.module(tensor);
    switch (layout) {
      case OUT_BY_IN -> {
        add(module + ".lora_A.weight", found.thin());
        add(module + ".lora_B.weight", turned(found.tall()));
      }
      case IN_BY_OUT -> {
        add(module + ".lora_A.weight", found.tall());
        add(module + ".lora_B.weight", turned(found.thin()));
      }
      case EMBEDDING -> {
        add(module + ".lora_embedding_A", found.tall());
        add(module + ".lora_embedding_B", turned(found.thin()));
      }
    }
  }

  /// How a matrix is stored in its model, which decides on the names and the order of its factors.
  enum Factors {
    OUT_BY_IN,
    IN_BY_OUT,
    EMBEDDING
  }

  /// Stores a tensor in full.
  synchronized void save(Tensor tensor) {
    saved.put(tensor.spec().name(), tensor);
  }

  /// A tensor under its name in the adapter, in its own type where that can be written.
  ///
  /// PEFT puts a module with factors around that of the base, which keeps the bias.
  private Tensor whole(Tensor tensor, PeftConfig config) {
    String name = tensor.spec().name();
    String stored =
        config.isBesideFactors(name) ? PeftConfig.module(name) + ".base_layer.bias" : name;
    DType own = tensor.spec().dtype();
    TensorSpec spec = tensor.spec().as(own.isWritable() ? own : extraction.dtype());
    return new ComputedTensor(spec.named(PREFIX + stored), tensor::read, tensor.workingBytes());
  }

  private synchronized void add(String name, float[][] rows) throws IOException {
    DType dtype = extraction.dtype();
    TensorSpec spec = new TensorSpec(name, dtype, Shape.of(rows.length, rows[0].length));
    factors.put(name, new Waiting(spec, end));
    for (float[] row : rows) {
      ByteBuffer bytes = Changed.bytes(row, dtype).asByteBuffer();
      while (bytes.hasRemaining()) {
        end += channel.write(bytes, end);
      }
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

  /// Writes weights and configuration, and makes them appear.
  void finish(List<ExtractedTensor> tensors) throws IOException {
    PeftConfig config = new PeftConfig(extraction, tensors);
    complete(config);
    try (Arena arena = Arena.ofShared()) {
      ImmutableList.Builder<Tensor> all = ImmutableList.builder();
      if (end > 0) {
        MemorySegment mapped = channel.map(MapMode.READ_ONLY, 0, end, arena);
        factors
            .values()
            .forEach(waiting ->
                all.add(
                    Tensor.of(waiting.spec, mapped.asSlice(waiting.offset, waiting.spec.bytes()))));
      }
      saved.values().forEach(tensor -> all.add(whole(tensor, config)));
      write(all.build());
    }
    channel.close();
    Files.delete(scratch);
    Files.writeString(directory.path().resolve("adapter_config.json"), config.toJson());
    directory.publish(true);
  }

  /// PEFT wants all tensors of a module that is saved, not just those that changed.
  private void complete(PeftConfig config) {
    Set<String> modules = config.whole().collect(Collectors.toSet());
    for (TensorSpec spec : extraction.tuned().checkpoint().specs()) {
      if (modules.contains(PeftConfig.module(spec.name())) && spec.dtype().isFloat()) {
        saved.computeIfAbsent(
            spec.name(), name -> extraction.tuned().checkpoint().find(name).orElseThrow());
      }
    }
  }

  private void write(List<Tensor> tensors) throws IOException {
    CheckpointFormat format = CheckpointFormat.writing();
    CheckpointLayout layout =
        format.layout(
            tensors.stream().map(Tensor::spec).collect(ImmutableList.toImmutableList()),
            Long.MAX_VALUE,
            ImmutableMap.of("format", "pt"));
    try (CheckpointWriter writer = format.create(directory.path(), layout);
        Arena arena = Arena.ofConfined()) {
      MemorySegment block = arena.allocate(BLOCK);
      for (Tensor tensor : tensors) {
        long size = tensor.spec().bytes();
        for (long at = 0; at < size; at += BLOCK) {
          MemorySegment piece = block.asSlice(0, Math.min(BLOCK, size - at));
          tensor.copy(at, piece);
          writer.write(tensor.spec().name(), at, piece.asByteBuffer());
        }
      }
      writer.finish(true);
    }
    Files.move(
        directory.path().resolve(layout.shards().getFirst().file()),
        directory.path().resolve("adapter_model.safetensors"));
  }

  @Override
  public void close() throws IOException {
    channel.close();
    directory.close();
  }
}
