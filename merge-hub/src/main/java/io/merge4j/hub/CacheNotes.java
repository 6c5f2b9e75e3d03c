// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// What the cache remembers of one repository beside content, so that the Hub need not be asked
/// again.
///
///     models--org--model/refs/<revision>             commit, 40 characters, no line break
///     models--org--model/trees/<commit>.json         all files of the commit
///     models--org--model/.no_exist/<commit>/<path>   known to be absent
///
/// A cache that can't be written serves as it is: a note that can't be left is not missed.
final class CacheNotes {

  private static final System.Logger LOG = System.getLogger(CacheNotes.class.getName());

  private final Path folder;

  /// @param folder of the repository
  CacheNotes(Path folder) {
    this.folder = folder;
  }

  /// The commit that a revision meant when it was last looked up. The content is not trimmed: other
  /// programs don't either, and would see another commit.
  Optional<String> commitOf(String revision) throws IOException {
    Path ref = folder.resolve("refs").resolve(revision);
    if (!Files.isRegularFile(ref)) {
      return Optional.empty();
    }
    return Optional.of(Files.readString(ref)).filter(RepoReference::isCommit);
  }

  /// Records what a revision means; to be called when the snapshot exists.
  void setCommit(String revision, String commit) {
    leave(() -> {
      if (!revision.equals(commit) && !commitOf(revision).equals(Optional.of(commit))) {
        write(folder.resolve("refs").resolve(revision), commit);
      }
    });
  }

  /// The files of a commit, if they are known; a listing that can't be read is as good as none.
  Optional<FileTree> tree(String commit) {
    try {
      return FileTree.fromJson(Files.readString(treeFile(commit)));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  void setTree(String commit, FileTree tree) {
    leave(() -> write(treeFile(commit), tree.toJson()));
  }

  void forgetTree(String commit) {
    leave(() -> Files.deleteIfExists(treeFile(commit)));
  }

  private Path treeFile(String commit) {
    return folder.resolve("trees").resolve(commit + ".json");
  }

  /// Whether the Hub said that the commit has no such file.
  boolean isAbsent(String commit, String path) {
    return Files.exists(absence(commit, path));
  }

  void setAbsent(String commit, String path) {
    Path marker = absence(commit, path);
    leave(() -> {
      Files.createDirectories(Links.directoryOf(marker));
      try {
        Files.createFile(marker);
      } catch (FileAlreadyExistsException e) {
        // Marked before.
      }
    });
  }

  private Path absence(String commit, String path) {
    RepositoryPath.check(path);
    return folder.resolve(".no_exist").resolve(commit).resolve(path);
  }

  private interface Writing {
    void run() throws IOException;
  }

  private static void leave(Writing note) {
    try {
      note.run();
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "No note in the cache: {0}", e.toString());
    }
  }

  /// Writes a small file so that readers see either the old content or the new.
  private static void write(Path file, String content) throws IOException {
    Files.createDirectories(Links.directoryOf(file));
    Path temporary = Links.temporary(file, ".tmp");
    try {
      Files.writeString(temporary, content);
      RepoCache.move(temporary, file);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }
}
