// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// One file being filled by position, by many threads.
///
/// It has its final size from the start, and all of its header but the length that stands before
/// it: that is written last, so that a file which was never finished can't be taken for a whole
/// one. The channel is opened when bytes come and closed when all have come, so that a checkpoint
/// of many shards does not hold as many file handles.
///
/// Interrupting a thread that is inside a channel closes it for all threads. Those that were not
/// interrupted open it again and repeat their write, which by position is harmless.
final class OutputFile implements AutoCloseable {

  private final Path path;
  private final int headerBytes;
  private final AtomicLong missing;
  private volatile @Nullable FileChannel channel;
  private volatile boolean unforced = true;
  private boolean closed;

  private OutputFile(Path path, int headerBytes, long dataBytes) {
    this.path = path;
    this.headerBytes = headerBytes;
    this.missing = new AtomicLong(dataBytes);
  }

  /// Creates the file at its final size; leaves none behind if that fails.
  ///
  /// @param header without its length
  static OutputFile create(Path path, byte[] header, long dataBytes) throws IOException {
    Files.createFile(path);
    boolean created = false;
    try (OutputFile file = new OutputFile(path, header.length, dataBytes)) {
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
    return new OutputFile(path, header.length, dataBytes);
  }

  /// Opens a file that [#create] made earlier, with none of its data counted as written.
  ///
  /// @return empty if it is not there, or not of that size and header
  static Optional<OutputFile> resume(Path path, byte[] header, long dataBytes) throws IOException {
    OutputFile file = new OutputFile(path, header.length, dataBytes);
    if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
        || Files.size(path) != file.dataStart() + dataBytes) {
      return Optional.empty();
    }
    ByteBuffer found = ByteBuffer.allocate(header.length);
    try (file) {
      file.read(SafetensorsHeader.LENGTH_BYTES, found);
      if (!Arrays.equals(found.array(), header)) {
        return Optional.empty();
      }
      file.put(0, ByteBuffer.allocate(SafetensorsHeader.LENGTH_BYTES));
      // What is read may stand in the system's cache alone, if the device did not take it.
      file.put(SafetensorsHeader.LENGTH_BYTES, ByteBuffer.wrap(header));
    }
    return Optional.of(new OutputFile(path, header.length, dataBytes));
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
    put(position, bytes);
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
      inChannel(open -> {
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
      boolean isDone = false;
      while (!isDone) {
        isDone = inChannel(open -> open.force(false));
      }
      if (missing.get() == 0) {
        release();
      }
    }
  }

  /// Makes the file a valid one.
  void finish(boolean sync) throws IOException {
    put(0, ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(0, headerBytes));
    if (sync) {
      channel().force(true);
    }
    release();
  }

  private void put(long position, ByteBuffer bytes) throws IOException {
    long origin = position - bytes.position();
    while (bytes.hasRemaining()) {
      inChannel(open -> open.write(bytes, origin + bytes.position()));
    }
  }

  @FunctionalInterface
  private interface Access {
    void to(FileChannel channel) throws IOException;
  }

  /// Does something with the channel.
  ///
  /// @return whether it was done; if not, another thread closed the channel at that moment by being
  ///   interrupted
  private boolean inChannel(Access access) throws IOException {
    if (Thread.currentThread().isInterrupted()) {
      // Entering the channel now would close it for the others.
      throw new ClosedByInterruptException();
    }
    try {
      access.to(channel());
      return true;
    } catch (ClosedByInterruptException e) {
      throw e;
    } catch (ClosedChannelException e) {
      requireOpen();
      return false;
    }
  }

  private FileChannel channel() throws IOException {
    FileChannel current = channel;
    return current != null && current.isOpen() ? current : reopen();
  }

  private synchronized FileChannel reopen() throws IOException {
    requireOpen();
    FileChannel current = channel;
    if (current == null || !current.isOpen()) {
      current = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
      channel = current;
    }
    return current;
  }

  private synchronized void requireOpen() throws ClosedChannelException {
    if (closed) {
      throw new ClosedChannelException();
    }
  }

  private synchronized void release() throws IOException {
    FileChannel current = channel;
    if (current != null) {
      current.close();
    }
  }

  @Override
  public synchronized void close() throws IOException {
    closed = true;
    release();
  }
}
