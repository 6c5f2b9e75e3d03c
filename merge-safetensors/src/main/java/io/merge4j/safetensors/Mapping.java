// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import io.merge4j.safetensors.SafetensorsException.Reason;
import io.merge4j.tensor.SourceFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;

/// A file of any format, mapped whole whatever its size.
///
/// The file itself is closed at once, for a mapping stays valid without it: no file handles are
/// held, however many shards a checkpoint has.
///
/// @param attributes the file's, from just before it was mapped
record Mapping(Path path, MemorySegment bytes, BasicFileAttributes attributes) {

  /// What a change of headers or of an archive's directory shows in.
  private static final long END_BYTES = 1 << 16;

  /// @param arena when the mapping ends
  static Mapping of(Path path, Arena arena) throws IOException {
    requireRegular(path);
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
      return new Mapping(path, map(channel, path, arena), attributes);
    } catch (IOException e) {
      throw SafetensorsException.unreadable(path, e);
    }
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

  /// The path, for messages.
  String name() {
    return path.toString();
  }

  /// The file with a digest of its two ends.
  SourceFile source() {
    long size = bytes.byteSize();
    long end = Math.min(size, END_BYTES);
    Hasher hasher = Hashing.murmur3_128().newHasher();
    hasher.putBytes(bytes.asSlice(0, end).asByteBuffer());
    hasher.putBytes(bytes.asSlice(size - end, end).asByteBuffer());
    return SourceFile.of(path, attributes, hasher.hash().toString());
  }
}
