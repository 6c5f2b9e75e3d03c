// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.merge4j.safetensors.SafetensorsException.Reason;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/// One safetensors file, mapped whole whatever its size, with its header checked.
///
/// The file itself is closed at once, for a mapping stays valid without it: no file handles are
/// held, however many shards a checkpoint has.
record MappedFile(String name, MemorySegment bytes, SafetensorsHeader header) implements Shard {

  /// @param arena when the mapping ends
  static MappedFile map(Path path, Arena arena) throws IOException {
    MemorySegment bytes = mapWhole(path, arena);
    String name = path.toString();
    long size = bytes.byteSize();
    long longestStart = SafetensorsHeader.LENGTH_BYTES + (long) SafetensorsHeader.MAX_BYTES;
    MemorySegment start = bytes.asSlice(0, Math.min(size, longestStart));
    return new MappedFile(name, bytes, SafetensorsHeader.parse(name, size, start.asByteBuffer()));
  }

  /// The bytes of a file of any format.
  static MemorySegment mapWhole(Path path, Arena arena) throws IOException {
    requireRegular(path);
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      return map(channel, path, arena);
    } catch (SafetensorsException | ClosedByInterruptException e) {
      throw e;
    } catch (IOException e) {
      throw SafetensorsException.unreadable(path, e);
    }
  }

  @Override
  public ImmutableList<TensorSpec> specs() {
    return header.specs();
  }

  @Override
  public ImmutableMap<String, String> metadata() {
    return header.metadata();
  }

  @Override
  public Optional<Tensor> find(String tensor) {
    return Optional.ofNullable(header.entries().get(tensor))
        .map(e -> Tensor.of(e.spec(), bytes.asSlice(e.offset(), e.spec().bytes())));
  }

  /// A pipe would block and a device might never end.
  static void requireRegular(Path path) throws SafetensorsException {
    if (Files.exists(path) && !Files.isRegularFile(path)) {
      throw new SafetensorsException(
          Reason.UNREADABLE,
          "Cannot read %s: found %s, expected a regular file; move it away or name another"
              .formatted(
                  path.getFileName(),
                  Files.isDirectory(path) ? "a directory" : "a pipe, socket or device"),
          path.toString(),
          null);
    }
  }

  private static MemorySegment map(FileChannel channel, Path path, Arena arena) throws IOException {
    long size = channel.size();
    try {
      return channel.map(MapMode.READ_ONLY, 0, size, arena);
    } catch (ClosedByInterruptException e) {
      throw e;
    } catch (IOException | OutOfMemoryError e) {
      throw new SafetensorsException(
          Reason.MAP_FAILED,
          ("Cannot map %s, %d bytes, into memory: %s; this takes address space, not memory: "
                  + "check \"ulimit -v\" and, on Linux, that /proc/sys/vm/max_map_count exceeds "
                  + "the number of lines in /proc/self/maps")
              .formatted(path.getFileName(), size, e.getMessage()),
          path.toString(),
          e);
    }
  }
}
