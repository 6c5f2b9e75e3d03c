// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Streams;
import io.merge4j.safetensors.SafetensorsException.Reason;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.CheckpointLayout;
import io.merge4j.tensor.CheckpointWriter;
import io.merge4j.tensor.SourceFiles;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.UUID;

/// Reads and writes safetensors in one line, for programs that need no layout of their own.
public final class Safetensors {

  private static final long BLOCK = 1 << 20;

  private Safetensors() {}

  /// Opens a file, an index or a directory; see [SafetensorsFormat#open].
  ///
  /// @throws SafetensorsException if no weights lie there, or they break the format
  public static Checkpoint open(Path path) throws IOException {
    return new SafetensorsFormat()
        .open(path)
        .orElseThrow(() ->
            new SafetensorsException(
                Reason.NO_WEIGHTS,
                ("No safetensors weights: found %s, expected a .safetensors file, or a directory "
                        + "with model.safetensors or its index; check the path")
                    .formatted(Files.exists(path) ? "something else" : "nothing"),
                path.toString(),
                null));
  }

  /// Writes one file with `format: pt` as its metadata.
  public static void write(Path file, Iterable<? extends Tensor> tensors) throws IOException {
    write(file, tensors, ImmutableMap.of());
  }

  /// Writes one file, replacing what is there.
  ///
  /// The tensors go to a temporary sibling that is forced to the device and then renamed: the file
  /// is the old one or the new one, never a part, and a checkpoint that is open on the old one,
  /// even one of these tensors' own, stays readable. Byte for byte, the file is what the reference
  /// writer makes.
  ///
  /// @param metadata strings to store; `format: pt` is added if they name no format
  /// @throws IllegalArgumentException if names or strings can't be stored, or a name occurs twice
  public static void write(
      Path file, Iterable<? extends Tensor> tensors, Map<String, String> metadata)
      throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    if (directory == null) {
      throw new IllegalArgumentException("%s: found a root, expected a file".formatted(file));
    }
    Path sibling = directory.resolve(".%s.%s.tmp".formatted(file.getFileName(), UUID.randomUUID()));
    ImmutableList<TensorSpec> specs =
        Streams.stream(tensors).map(Tensor::spec).collect(ImmutableList.toImmutableList());
    CheckpointLayout layout = Layouts.single(sibling.getFileName().toString(), specs, metadata);
    try {
      try (CheckpointWriter writer = SafetensorsWriter.create(directory, layout)) {
        for (Tensor tensor : tensors) {
          write(tensor, writer);
        }
        writer.finish(true);
      }
      Files.move(sibling, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw SafetensorsException.unwritable(file, e);
    } finally {
      Files.deleteIfExists(sibling);
    }
    SafetensorsWriter.syncDirectory(directory);
  }

  private static void write(Tensor tensor, CheckpointWriter writer) throws IOException {
    long size = tensor.spec().bytes();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment block = arena.allocate(Math.min(size, BLOCK));
      for (long at = 0; at < size; at += block.byteSize()) {
        MemorySegment piece = block.asSlice(0, Math.min(block.byteSize(), size - at));
        tensor.copy(at, piece);
        writer.write(tensor.spec().name(), at, piece.asByteBuffer());
      }
    } catch (InternalError e) {
      throw new SourceFiles(ImmutableList.of()).unreadable(tensor.spec().name(), e);
    }
  }
}
