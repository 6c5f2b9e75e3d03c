// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.merge4j.MergeException;
import io.merge4j.RecipeException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Where a model directory grows unseen until it is whole.
///
/// Work goes to a hidden sibling, `.<name>.merge4j`, locked against a second merge into the same
/// place; [#publish] renames it. So the output is absent or whole at any time, and an output that
/// is replaced is the old one or the new one.
public final class OutputDirectory implements AutoCloseable {

  private final Path target;
  private final Path work;
  private final Path lockFile;
  private final FileChannel lockChannel;
  private boolean published;

  private OutputDirectory(Path target, Path work, Path lockFile, FileChannel lockChannel) {
    this.target = target;
    this.work = work;
    this.lockFile = lockFile;
    this.lockChannel = lockChannel;
  }

  /// Starts a directory.
  ///
  /// @param bytes size of what will be written
  public static OutputDirectory create(Path target, long bytes) throws IOException {
    Path absolute = target.toAbsolutePath().normalize();
    Path parent = absolute.getParent();
    Path name = absolute.getFileName();
    if (parent == null || name == null) {
      throw new RecipeException("Output %s is the root of a file system".formatted(target));
    }
    Files.createDirectories(parent);
    checkSpace(parent, bytes);
    Path work = parent.resolve("." + name + ".merge4j");
    Path lockFile = parent.resolve("." + name + ".merge4j.lock");
    FileChannel channel =
        FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    if (lock(channel) == null) {
      channel.close();
      throw new MergeException(
          "Output %s is being written by another merge; wait for it, or choose another place"
              .formatted(target));
    }
    delete(work);
    Files.createDirectory(work);
    return new OutputDirectory(absolute, work, lockFile, channel);
  }

  /// The directory to write to.
  public Path path() {
    return work;
  }

  /// Makes the directory appear at its place.
  ///
  /// @param sync whether names are forced to the storage device
  public void publish(boolean sync) throws IOException {
    if (sync) {
      force(work);
    }
    Optional<Path> old = moveAside();
    Files.move(work, target, StandardCopyOption.ATOMIC_MOVE);
    published = true;
    if (sync) {
      force(parent());
    }
    if (old.isPresent()) {
      delete(old.get());
    }
  }

  /// Makes one file of the directory appear at the place, replacing what is there, and removes the
  /// rest.
  void publishFile(String name, boolean sync) throws IOException {
    Files.move(work.resolve(name), target, StandardCopyOption.ATOMIC_MOVE);
    if (sync) {
      force(parent());
    }
  }

  private Optional<Path> moveAside() throws IOException {
    if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      return Optional.empty();
    }
    Path old = target.resolveSibling("." + target.getFileName() + ".merge4j.old");
    delete(old);
    Files.move(target, old, StandardCopyOption.ATOMIC_MOVE);
    return Optional.of(old);
  }

  private Path parent() {
    Path parent = target.getParent();
    return parent == null ? target : parent;
  }

  /// Forces a directory's entries to the device, where the system allows it.
  private static void force(Path directory) {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // Windows does not open directories; entries are durable there once files are closed.
    }
  }

  private static @Nullable FileLock lock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  private static void checkSpace(Path parent, long bytes) throws IOException {
    long free = Files.getFileStore(parent).getUsableSpace();
    if (free < bytes) {
      throw new MergeException(
          "Not enough space in %s: %d bytes are free, the output takes %d"
              .formatted(parent, free, bytes));
    }
  }

  private static void delete(Path path) throws IOException {
    if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      MoreFiles.deleteRecursively(path, RecursiveDeleteOption.ALLOW_INSECURE);
    }
  }

  /// Removes what was not published.
  @Override
  public void close() throws IOException {
    try {
      if (!published) {
        delete(work);
      }
    } finally {
      Files.deleteIfExists(lockFile);
      lockChannel.close();
    }
  }
}
