// SPDX-License-Identifier: Apache-2.0
package io.merge4j.torch;

import io.merge4j.MergeException;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/// Unpacks deflated entries, which cannot be read from the middle.
final class Deflated {

  private static final int BLOCK = 1 << 16;

  private Deflated() {}

  /// Unpacks to a temporary file and maps that.
  ///
  /// The file has no name any more when this returns, or loses it when the program ends.
  ///
  /// @param arena when the mapping ends
  /// @throws MergeException if the data is damaged or the disk is full
  static MemorySegment unpack(String file, MemorySegment packed, long size, long crc, Arena arena) {
    try {
      Path unpacked = Files.createTempFile("merge4j", ".unpacked");
      try (FileChannel channel =
          FileChannel.open(
              unpacked,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              StandardOpenOption.DELETE_ON_CLOSE)) {
        inflate(packed, size, crc, Channels.newOutputStream(channel));
        return channel.map(MapMode.READ_ONLY, 0, size, arena);
      }
    } catch (IOException e) {
      throw new MergeException(
          "Cannot unpack compressed tensors: %s; fetch the file again, or save it with torch.save, which does not compress (file %s)"
              .formatted(e.getMessage(), file),
          e);
    }
  }

  /// Unpacks exactly `size` bytes.
  ///
  /// What is mapped is copied first: a page that is gone is an error in a copy, but would end the
  /// JVM inside zlib.
  static void inflate(MemorySegment packed, long size, long crc, OutputStream into)
      throws IOException {
    Inflater inflater = new Inflater(true);
    CRC32 sum = new CRC32();
    byte[] input = new byte[BLOCK];
    byte[] block = new byte[BLOCK];
    try {
      long done = 0;
      long taken = 0;
      while (!inflater.finished()) {
        if (inflater.needsInput() && taken < packed.byteSize()) {
          int next = (int) Math.min(packed.byteSize() - taken, BLOCK);
          MemorySegment.copy(packed, ValueLayout.JAVA_BYTE, taken, input, 0, next);
          inflater.setInput(input, 0, next);
          taken += next;
        }
        int count = inflater.inflate(block);
        done += count;
        if (done > size
            || (count == 0
                && (inflater.needsInput() || inflater.needsDictionary())
                && taken == packed.byteSize()
                && !inflater.finished())) {
          throw new IOException("unpacks to other than the %d bytes it says".formatted(size));
        }
        sum.update(block, 0, count);
        into.write(block, 0, count);
      }
      if (done != size || sum.getValue() != crc) {
        throw new IOException("its length or checksum is wrong");
      }
    } catch (DataFormatException e) {
      throw new IOException("its compressed data is damaged", e);
    } finally {
      inflater.end();
    }
  }
}
