// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import io.merge4j.tensor.Rooms;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/// One file being filled by position, by many threads.
///
/// It has its final size from the start, and all of its header but the length that stands before
/// it: that is written last, so that a file which was never finished can't be taken for a whole
/// one. The channel is opened when bytes come and closed when all have come, so that a checkpoint
/// of many shards does not hold as many file handles.
///
/// Data goes through the system's page cache, or past it where [DirectWrites] finds that better.
final class OutputFile implements AutoCloseable {

  /// Larger writes take twice as long at times on some machines, and a little less on others.
  private static final int WRITE = 1 << 18;

  private final Path path;
  private final int headerBytes;
  private final AtomicLong missing;
  private final SharedChannel cached;
  private final DirectFile direct;
  private final Rooms rooms;
  private volatile boolean unforced = true;

  private OutputFile(Path path, int headerBytes, long dataBytes, DirectWrites direct) {
    this.path = path;
    this.cached =
        new SharedChannel(
            () -> FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE));
    this.direct = new DirectFile(path, direct, this::put);
    this.rooms = direct.rooms();
    this.headerBytes = headerBytes;
    this.missing = new AtomicLong(dataBytes);
  }

  /// Creates the file at its final size; leaves none behind if that fails.
  ///
  /// @param header without its length
  static OutputFile create(Path path, byte[] header, long dataBytes, DirectWrites direct)
      throws IOException {
    Files.createFile(path);
    boolean created = false;
    try (OutputFile file = new OutputFile(path, header.length, dataBytes, direct)) {
      file.put(SafetensorsHeader.LENGTH_BYTES, ByteBuffer.wrap(header));
      if (dataBytes > 0) {
        file.put(file.dataStart() + dataBytes - 1, ByteBuffer.allocate(1));
      }
      created = true;
    } finally {
      if (!created) {
        Files.deleteIfExists(path);
      }
    }
    return new OutputFile(path, header.length, dataBytes, direct);
  }

  /// Opens a file that [#create] made earlier, with none of its data counted as written.
  ///
  /// @return empty if it is not there, not of that size and header, or can't be read
  static Optional<OutputFile> resume(Path path, byte[] header, long dataBytes, DirectWrites direct)
      throws IOException {
    OutputFile file = new OutputFile(path, header.length, dataBytes, direct);
    if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
        || Files.size(path) != file.dataStart() + dataBytes) {
      return Optional.empty();
    }
    ByteBuffer found = ByteBuffer.allocate(header.length);
    try (file) {
      if (!file.isRead(SafetensorsHeader.LENGTH_BYTES, found)
          || !Arrays.equals(found.array(), header)) {
        return Optional.empty();
      }
      file.put(0, ByteBuffer.allocate(SafetensorsHeader.LENGTH_BYTES));
      // What is read may stand in the system's cache alone, if the device did not take it.
      file.put(SafetensorsHeader.LENGTH_BYTES, ByteBuffer.wrap(header));
    }
    return Optional.of(new OutputFile(path, header.length, dataBytes, direct));
  }

  Path path() {
    return path;
  }

  long dataStart() {
    return SafetensorsHeader.LENGTH_BYTES + (long) headerBytes;
  }

  /// Writes tensor data.
  ///
  /// @param position in the file
  void write(long position, ByteBuffer bytes) throws IOException {
    int count = bytes.remaining();
    if (direct.suits(count)) {
      direct.copy(position, bytes);
    } else {
      put(position, bytes);
      bytes.position(bytes.limit());
    }
    written(count);
  }

  /// Room for tensor data, for [#writeRoom].
  ///
  /// @param position in the file
  ByteBuffer room(long position, int count) {
    return rooms.take(position, count);
  }

  /// Writes tensor data that is in such room, which is given back.
  ///
  /// @param position in the file
  void writeRoom(long position, ByteBuffer room) throws IOException {
    int count = room.remaining();
    if (direct.suits(count)) {
      direct.write(position, room);
    } else {
      put(position, room);
      rooms.give(room);
    }
    written(count);
  }

  private boolean isRead(long position, ByteBuffer into) throws ClosedByInterruptException {
    try {
      read(position, into);
      return true;
    } catch (ClosedByInterruptException e) {
      throw e;
    } catch (IOException e) {
      return false;
    }
  }

  private void written(int count) throws IOException {
    unforced = true;
    keep(count);
  }

  /// Counts bytes as written.
  void keep(long count) throws IOException {
    if (missing.addAndGet(-count) == 0) {
      release();
    }
  }

  /// Reads what stands in the file; fills all of `into`.
  ///
  /// @param position in the file
  void read(long position, ByteBuffer into) throws IOException {
    long origin = position - into.position();
    while (into.hasRemaining()) {
      cached.use(open -> {
        if (open.read(into, origin + into.position()) < 0) {
          throw new EOFException("The file ends too early");
        }
      });
    }
  }

  /// Forces data that was written to the device; what is written meanwhile may be left out.
  void force() throws IOException {
    if (unforced) {
      unforced = false;
      direct.settle();
      force(false);
      if (missing.get() == 0) {
        release();
      }
    }
  }

  private void force(boolean metadata) throws IOException {
    boolean isDone = false;
    while (!isDone) {
      isDone = cached.use(open -> open.force(metadata));
    }
  }

  /// Makes the file a valid one.
  void finish(boolean sync) throws IOException {
    direct.settle();
    put(0, ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(0, headerBytes));
    if (sync) {
      force(true);
    }
    release();
  }

  private void put(long position, ByteBuffer bytes) throws IOException {
    long origin = position - bytes.position();
    for (int at = bytes.position(); at < bytes.limit(); at += WRITE) {
      cached.write(origin + at, bytes.slice(at, Math.min(WRITE, bytes.limit() - at)));
    }
  }

  private void release() throws IOException {
    direct.release();
    cached.release();
  }

  @Override
  public void close() throws IOException {
    direct.close();
    cached.close();
  }
}
