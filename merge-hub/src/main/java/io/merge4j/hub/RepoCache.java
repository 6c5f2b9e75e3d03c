// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.stream.Stream;

/// One repository in the cache directory that all Hugging Face tools share.
///
///     models--org--model/blobs/<etag>                content
///     models--org--model/refs/<revision>             commit, 40 characters, no line break
///     models--org--model/snapshots/<commit>/<path>   link to the content
///     models--org--model/trees/<commit>.json         all files of the commit
///     models--org--model/.no_exist/<commit>/<path>   known to be absent
///
/// Whatever appears under `snapshots` appears whole, by one rename.
///
/// *Source:* https://huggingface.co/docs/hub/local-cache and huggingface_hub 1.33.0.
final class RepoCache {

  private static final String TAG =
      """
      Signature: 8a477f597d28d172789f06886806bc55
      # This file is a cache directory tag created by huggingface_hub.
      # For information about cache directory tags, see:
      #	https://bford.info/cachedir/
      """;

  private final Path root;
  private final Path folder;
  private final Links links;

  RepoCache(Path root, RepoId repo, Links links) {
    this.root = root;
    this.folder = root.resolve(repo.folder());
    this.links = links;
  }

  Path folder() {
    return folder;
  }

  Path blobs() {
    return folder.resolve("blobs");
  }

  Path blob(String etag) {
    return blobs().resolve(etag);
  }

  Path snapshot(String commit) {
    return folder.resolve("snapshots").resolve(commit);
  }

  /// Place of a file in a snapshot, whether it is there or not.
  Path entry(String commit, String path) {
    RepositoryPath.check(path);
    return snapshot(commit).resolve(path);
  }

  /// File by whose lock programs agree who downloads a blob.
  Path lockFile(String etag) {
    return root.resolve(".locks").resolve(folder.getFileName()).resolve(etag + ".lock");
  }

  /// Creates the directories that a download needs.
  void create() throws IOException {
    Files.createDirectories(blobs());
    Path tag = root.resolve("CACHEDIR.TAG");
    if (!Files.exists(tag)) {
      try {
        Files.writeString(tag, TAG);
      } catch (IOException e) {
        // Only a hint to backup programs.
      }
    }
  }

  /// The commit that a revision meant when it was last looked up. The content is not trimmed: other
  /// programs don't either, and would see another commit.
  Optional<String> ref(String revision) throws IOException {
    Path ref = folder.resolve("refs").resolve(revision);
    if (!Files.isRegularFile(ref)) {
      return Optional.empty();
    }
    return Optional.of(Files.readString(ref)).filter(RepoReference::isCommit);
  }

  /// Records what a revision means; to be called when the snapshot exists.
  void writeRef(String revision, String commit) throws IOException {
    if (!revision.equals(commit) && !ref(revision).equals(Optional.of(commit))) {
      writeWhole(folder.resolve("refs").resolve(revision), commit);
    }
  }

  /// The files of a commit, if they are known; a listing that can't be read is as good as none.
  Optional<FileTree> tree(String commit) {
    try {
      return FileTree.fromJson(Files.readString(treeFile(commit)));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  void writeTree(String commit, FileTree tree) throws IOException {
    writeWhole(treeFile(commit), tree.toJson());
  }

  void forgetTree(String commit) throws IOException {
    Files.deleteIfExists(treeFile(commit));
  }

  private Path treeFile(String commit) {
    return folder.resolve("trees").resolve(commit + ".json");
  }

  /// Paths of the files that a snapshot holds, sorted.
  ImmutableList<String> entries(String commit) throws IOException {
    Path snapshot = snapshot(commit);
    if (!Files.isDirectory(snapshot)) {
      return ImmutableList.of();
    }
    try (Stream<Path> walk = Files.walk(snapshot)) {
      return walk.filter(Files::isRegularFile)
          .map(file -> snapshot.relativize(file).toString().replace('\\', '/'))
          .sorted()
          .collect(ImmutableList.toImmutableList());
    }
  }

  /// Whether the Hub said that the commit has no such file.
  boolean isAbsent(String commit, String path) {
    return Files.exists(absence(commit, path));
  }

  void markAbsent(String commit, String path) throws IOException {
    Path marker = absence(commit, path);
    Files.createDirectories(Links.directoryOf(marker));
    try {
      Files.createFile(marker);
    } catch (FileAlreadyExistsException e) {
      // Marked before.
    }
  }

  private Path absence(String commit, String path) {
    RepositoryPath.check(path);
    return folder.resolve(".no_exist").resolve(commit).resolve(path);
  }

  /// Makes finished content the blob `etag`.
  void addBlob(Path content, String etag) throws IOException {
    move(content, blob(etag));
  }

  /// Makes the blob `etag` visible in a snapshot.
  ///
  /// @param isNew whether the blob has just been downloaded, so that nothing else refers to it
  void link(String etag, String commit, String path, boolean isNew) throws IOException {
    Path entry = entry(commit, path);
    Files.createDirectories(Links.directoryOf(entry));
    links.put(blob(etag), entry, isNew);
  }

  /// Writes a small file so that readers see either the old content or the new.
  private static void writeWhole(Path file, String content) throws IOException {
    Files.createDirectories(Links.directoryOf(file));
    Path temporary = Links.temporary(file, ".tmp");
    try {
      Files.writeString(temporary, content);
      move(temporary, file);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  static void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
