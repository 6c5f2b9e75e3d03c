// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import io.merge4j.MergeException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;

/// The lock on the place of an output: a file that exists while a merge writes there.
///
/// The system drops the lock of a process that dies; the file that it leaves is locked again.
final class OutputLock implements AutoCloseable {

  private static final long MOST_BYTES = 1 << 20;

  private final Path file;
  private final FileChannel channel;

  private OutputLock(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /// @param output for the message
  /// @throws MergeException if another merge has it
  static OutputLock take(Path file, Path output) throws IOException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    boolean taken = false;
    try {
      taken = isLocked(channel) && isStillThere(file, channel);
    } finally {
      if (!taken) {
        channel.close();
      }
    }
    if (!taken) {
      throw new MergeException(
          "Output %s is being written by another merge; wait for it, or choose another place"
              .formatted(output));
    }
    return new OutputLock(file, channel);
  }

  private static boolean isLocked(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  /// Whether it is the file of that name that is locked, not one that a merge which ended just now
  /// has removed: a size at random shows, and needs no second opening, which by the rules of POSIX
  /// would end the lock.
  private static boolean isStillThere(Path file, FileChannel channel) throws IOException {
    long mark = ThreadLocalRandom.current().nextLong(1, MOST_BYTES);
    channel.truncate(0);
    channel.write(ByteBuffer.allocate(1), mark - 1);
    try {
      return Files.size(file) == mark;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  @Override
  public void close() throws IOException {
    try (channel) {
      Files.deleteIfExists(file);
    }
  }
}
