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
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/// The lock on the place of an output: a file that exists while a merge writes there.
///
/// The system drops the lock of a process that dies; the file that it leaves is locked again.
final class OutputLock implements AutoCloseable {

  private static final long MOST_BYTES = 1 << 20;

  /// The files locked by this process, which must not open them again: by the rules of POSIX,
  /// closing any channel of a file ends all locks that the process has on it.
  private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

  private final Path file;
  private final Path place;
  private final FileChannel channel;

  private OutputLock(Path file, Path place, FileChannel channel) {
    this.file = file;
    this.place = place;
    this.channel = channel;
  }

  /// @param file in a directory that exists
  /// @param output for the message
  /// @throws MergeException if another merge has it
  static OutputLock take(Path file, Path output) throws IOException {
    Path place = file.resolveSibling(".").toRealPath().resolve(file.getFileName());
    if (!OWN.add(place)) {
      throw refusal(output);
    }
    FileChannel channel = null;
    try {
      channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (!isLocked(channel) || !isStillThere(file, channel)) {
        throw refusal(output);
      }
      return new OutputLock(file, place, channel);
    } catch (IOException | RuntimeException e) {
      OWN.remove(place);
      if (channel != null) {
        channel.close();
      }
      throw e;
    }
  }

  private static MergeException refusal(Path output) {
    return new MergeException(
        "Output %s is being written by another merge; wait for it, or choose another place"
            .formatted(output));
  }

  private static boolean isLocked(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  /// Whether it is the file of that name that is locked, not one that a merge which ended just now
  /// has removed: a size at random shows, and needs no second opening.
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
    } finally {
      OWN.remove(place);
    }
  }
}
