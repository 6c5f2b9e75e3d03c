// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import static java.util.Objects.requireNonNull;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/// The output that another replaces: moved aside for the moment in which the other takes its place,
/// then removed.
///
/// @param target the place, absolute
record ReplacedOutput(Path target) {

  private static final System.Logger LOG = System.getLogger("io.merge4j");

  /// Moves what stands at the place aside, if anything does.
  void moveAside() throws IOException {
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      remove();
      Files.move(target, old(), StandardCopyOption.ATOMIC_MOVE);
    }
  }

  /// Brings back what was moved aside, by an earlier run too, if nothing has taken its place.
  void restore() throws IOException {
    if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS)
        && Files.exists(old(), LinkOption.NOFOLLOW_LINKS)) {
      Files.move(old(), target, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  /// Removes what was replaced, also by earlier runs. What can't be removed, as a directory in it
  /// may be read-only, is left behind under a name that no merge needs: the new output stands all
  /// the same.
  void remove() {
    String name = old().getFileName() + "-";
    try {
      if (Files.exists(old(), LinkOption.NOFOLLOW_LINKS)) {
        Path replaced = target.resolveSibling(name + Long.toHexString(System.nanoTime()));
        Files.move(old(), replaced, StandardCopyOption.ATOMIC_MOVE);
      }
      try (DirectoryStream<Path> left =
          Files.newDirectoryStream(
              requireNonNull(target.getParent()),
              path -> String.valueOf(path.getFileName()).startsWith(name))) {
        for (Path replaced : left) {
          MoreFiles.deleteRecursively(replaced, RecursiveDeleteOption.ALLOW_INSECURE);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "What %s replaced could not be removed: %s; remove what is left of it, %s*"
              .formatted(target, e, target.resolveSibling(name)));
    }
  }

  private Path old() {
    return target.resolveSibling("." + target.getFileName() + ".merge4j.old");
  }
}
