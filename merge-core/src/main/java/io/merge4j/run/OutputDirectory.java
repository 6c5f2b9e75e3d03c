// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.merge4j.Bytes;
import io.merge4j.MergeException;
import io.merge4j.RecipeException;
import io.merge4j.tensor.DiskSpace;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.stream.Stream;

/// Where a model directory grows unseen until it is whole.
///
/// Work goes to a hidden sibling, `.<name>.merge4j`, locked against a second merge into the same
/// place: the files to `model`, which [#publish] renames, and beside it a [Journal]. So the output
/// is absent or whole at any time, and an output that is replaced is the old one or the new one.
public final class OutputDirectory implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger("io.merge4j");

  private final Path target;
  private final Path work;
  private final Path existing;
  private final boolean overwrite;
  private final OutputLock lock;
  private final ReplacedOutput replaced;
  private String kept = "";

  /// @param existing the nearest directory above that was there before
  private OutputDirectory(
      Path target, Path work, Path existing, boolean overwrite, OutputLock lock) {
    this.target = target;
    this.work = work;
    this.existing = existing;
    this.overwrite = overwrite;
    this.lock = lock;
    this.replaced = new ReplacedOutput(target);
  }

  /// Takes hold of the place and starts a directory; what an earlier run left there is forgotten.
  ///
  /// @param overwrite whether what stands at the place may be replaced
  /// @param bytes size of what will be written
  /// @throws MergeException if another merge has hold of it, or there is too little space
  public static OutputDirectory create(Path target, boolean overwrite, long bytes)
      throws IOException {
    OutputDirectory directory = lock(target, overwrite);
    try {
      directory.startOver();
      directory.requireSpace(bytes);
      return directory;
    } catch (IOException | RuntimeException e) {
      directory.close();
      throw e;
    }
  }

  /// Takes hold of the place; what an earlier run left there stays as it is.
  ///
  /// @throws MergeException if another merge has hold of it, or has just finished there
  static OutputDirectory lock(Path target, boolean overwrite) throws IOException {
    Path absolute = target.toAbsolutePath().normalize();
    Path parent = absolute.getParent();
    Path name = absolute.getFileName();
    if (parent == null || name == null) {
      throw new RecipeException("Output %s is the root of a file system".formatted(target));
    }
    Path existing = existing(parent);
    Files.createDirectories(parent);
    Path work = workOf(absolute);
    OutputLock lock = OutputLock.take(parent.resolve("." + name + ".merge4j.lock"), target);
    OutputDirectory directory = new OutputDirectory(absolute, work, existing, overwrite, lock);
    try {
      directory.replaced.restore();
      directory.requireFree();
      return directory;
    } catch (IOException | RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  private static Path existing(Path directory) {
    Path parent = directory.getParent();
    return parent == null || Files.exists(directory) ? directory : existing(parent);
  }

  /// Forgets what an earlier run left.
  void startOver() throws IOException {
    kept = "";
    delete(work);
    Files.createDirectories(path());
  }

  /// Removes all files of an earlier run but those named; there are none if it got as far as to
  /// publish them.
  void clean(Set<String> wanted) throws IOException {
    if (!Files.isDirectory(path(), LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (Stream<Path> files = Files.list(path())) {
      for (Path file : files.toList()) {
        if (!wanted.contains(String.valueOf(file.getFileName()))) {
          delete(file);
        }
      }
    }
  }

  /// Whether an earlier run left anything.
  boolean hasRemains() {
    return Files.exists(work, LinkOption.NOFOLLOW_LINKS);
  }

  /// Where a merge keeps what it has not finished.
  static Path workOf(Path target) {
    return target.resolveSibling("." + target.getFileName() + ".merge4j");
  }

  /// The directory to write to.
  public Path path() {
    return work.resolve("model");
  }

  /// The file that tells what is finished there.
  Path journal() {
    return work.resolve("journal");
  }

  /// The directory of both.
  Path work() {
    return work;
  }

  /// Leaves everything for a later run to go on with, unless it is published.
  ///
  /// @param what what is worth keeping, for a message
  void keep(String what) {
    kept = what;
  }

  /// Leaves nothing.
  void discard() {
    kept = "";
  }

  /// @param bytes size of what will be written still
  void requireSpace(long bytes) throws IOException {
    long free = DiskSpace.free(Files.getFileStore(work));
    if (free < bytes) {
      throw new MergeException(
          "Not enough space in %s: %s are free, the output takes %s; make room or choose another place"
              .formatted(parent(), Bytes.print(free), Bytes.print(bytes)));
    }
  }

  /// Forces the names of all files to the storage device.
  void force() {
    force(path());
    force(work);
    forcePlace();
  }

  /// Forces the name of the output, and those of the directories that were made for it.
  private void forcePlace() {
    Path directory = parent();
    force(directory);
    while (!directory.equals(existing) && directory.getParent() != null) {
      directory = directory.getParent();
      force(directory);
    }
  }

  /// Makes the directory appear at its place.
  ///
  /// @param sync whether names are forced to the storage device
  public void publish(boolean sync) throws IOException {
    if (sync) {
      forceTree(path());
    }
    requireFree();
    replaced.moveAside();
    try {
      Files.move(path(), target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      moveBack(e);
      throw e;
    }
    kept = "";
    if (sync) {
      forcePlace();
    }
    if (overwrite) {
      replaced.remove();
    }
  }

  /// Makes one file of the directory appear at the place, replacing what is there, and removes the
  /// rest.
  void publishFile(String name, boolean sync) throws IOException {
    requireFree();
    Files.move(path().resolve(name), target, StandardCopyOption.ATOMIC_MOVE);
    kept = "";
    if (sync) {
      forcePlace();
    }
  }

  /// What came into being since the output was checked first was not meant to be replaced.
  private void requireFree() {
    if (!overwrite && OutputPlace.isTaken(target)) {
      throw new MergeException(
          "Output %s came into being meanwhile; choose another place, or allow overwriting"
              .formatted(target));
    }
  }

  private void moveBack(IOException cause) {
    try {
      replaced.restore();
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
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

  private static void forceTree(Path top) throws IOException {
    try (Stream<Path> paths = Files.walk(top)) {
      paths.filter(Files::isDirectory).forEach(OutputDirectory::force);
    }
  }

  private static void delete(Path path) throws IOException {
    if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      MoreFiles.deleteRecursively(path, RecursiveDeleteOption.ALLOW_INSECURE);
    }
  }

  /// Removes what was neither published nor kept.
  @Override
  public void close() throws IOException {
    try (lock) {
      if (kept.isEmpty()) {
        delete(work);
      } else {
        LOG.log(
            System.Logger.Level.WARNING,
            "Kept in "
                + work
                + ": "
                + kept
                + "; the same merge goes on from there when it is run again");
      }
    }
  }
}
