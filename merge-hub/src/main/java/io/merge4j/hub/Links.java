// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;

/// Puts content into a snapshot: as a relative link to the blob, or as a file where links can't be
/// made.
///
/// Without links a new blob moves into the snapshot and does not stay in `blobs`; one that was
/// there before is copied, since other snapshots may hold it. So does huggingface_hub.
enum Links {
  /// Symbolic links.
  SYMBOLIC {
    @Override
    void put(Path blob, Path entry, boolean isNew) throws IOException {
      // A link's text counts from the place of the link, so it survives the move from next to the
      // blob, and the entry is replaced in one step.
      Path link = temporary(blob, ".link");
      Files.createSymbolicLink(link, directoryOf(entry).relativize(blob));
      try {
        RepoCache.move(link, entry);
      } finally {
        Files.deleteIfExists(link);
      }
    }
  },
  /// Plain files: Windows without developer mode, some network file systems.
  NONE {
    @Override
    void put(Path blob, Path entry, boolean isNew) throws IOException {
      try {
        moveOrCopy(blob, entry, isNew);
      } catch (NoSuchFileException e) {
        // Another program, which our locks may not keep away, may have moved the blob there.
        if (!Files.isRegularFile(entry)) {
          throw e;
        }
      }
    }

    private static void moveOrCopy(Path blob, Path entry, boolean isNew) throws IOException {
      if (isNew) {
        RepoCache.move(blob, entry);
        return;
      }
      Path copy = temporary(blob, ".incomplete");
      try {
        Files.copy(blob, copy);
        RepoCache.move(copy, entry);
      } finally {
        Files.deleteIfExists(copy);
      }
    }
  };

  private static final HexFormat HEX = HexFormat.of();

  /// Makes the content of `blob` appear at `entry`, whose directory exists.
  abstract void put(Path blob, Path entry, boolean isNew) throws IOException;

  /// What the file system of the cache directory allows, found by trying.
  static Links probe(Path cache) throws IOException {
    Files.createDirectories(cache);
    Path directory = Files.createTempDirectory(cache, "tmp");
    Path link = directory.resolve("link");
    Path target = Path.of("target");
    try {
      Files.createSymbolicLink(link, target);
      return SYMBOLIC;
    } catch (IOException | UnsupportedOperationException e) {
      return NONE;
    } finally {
      Files.deleteIfExists(link);
      Files.deleteIfExists(directory);
    }
  }

  /// The directory that holds `file`.
  static Path directoryOf(Path file) {
    return requireNonNull(file.getParent(), "a file of the cache lies in a directory");
  }

  /// A name beside `file` that no other program uses: `<file>.<8 hex><suffix>`.
  static Path temporary(Path file, String suffix) {
    String random = HEX.toHexDigits(ThreadLocalRandom.current().nextInt());
    return file.resolveSibling(file.getFileName() + "." + random + suffix);
  }
}
