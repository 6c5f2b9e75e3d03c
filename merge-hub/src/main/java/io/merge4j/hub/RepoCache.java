// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;

/// One repository in the cache directory that all Hugging Face tools share.
///
///     models--org--model/blobs/<etag>                content
///     models--org--model/snapshots/<commit>/<path>   link to the content
///
/// Whatever appears under `snapshots` appears whole, by one rename. What else is there are
/// [CacheNotes].
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

  /// What is remembered of the repository beside its content.
  CacheNotes notes() {
    return new CacheNotes(folder);
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

  static void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
