// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What can be said of a commit's files from the cache alone, when no listing is there.
final class CachedFiles {

  private CachedFiles() {}

  /// The files that the snapshot holds; maybe not all of the commit's.
  static FileTree of(RepoCache cache, String commit) throws IOException {
    ImmutableList.Builder<RepositoryFile> files = ImmutableList.builder();
    for (String path : cache.entries(commit)) {
      Path entry = cache.entry(commit, path);
      String blob = Files.isSymbolicLink(entry) ? blobName(entry) : "";
      files.add(new RepositoryFile(path, Files.size(entry), blob, blob));
    }
    return new FileTree(files.build(), ImmutableMap.of());
  }

  /// The first link of the chain names the content; a later one may lead into a store that all
  /// repositories share.
  private static String blobName(Path entry) throws IOException {
    return String.valueOf(Files.readSymbolicLink(entry).getFileName());
  }
}
