// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.ToLongFunction;

/// What all parts of a [Hub] share.
///
/// @param metadataTimeout for small answers
/// @param stallTimeout time without a byte after which a transfer counts as broken
/// @param connections most transfers at once
/// @param partSize bytes of a file that are transferred at one go
/// @param freeSpace free bytes on the disk of a path, or [io.merge4j.tensor.DiskSpace#UNKNOWN]
record HubContext(
    URI endpoint,
    Path cache,
    Links links,
    boolean isOffline,
    Transport transport,
    ServerErrors errors,
    Duration metadataTimeout,
    Duration stallTimeout,
    int connections,
    long partSize,
    ToLongFunction<Path> freeSpace) {

  /// Address of a file's content.
  ///
  /// @param path of the file in the repository
  URI resolveUrl(RepoId repo, String revision, String path) {
    return URI.create(
        "%s/%s/resolve/%s/%s"
            .formatted(
                endpoint,
                repo,
                RepositoryPath.encodeSegment(revision),
                RepositoryPath.encode(path)));
  }

  /// Address of a call about a repository.
  ///
  /// @param rest with its leading slash, encoded
  URI apiUrl(RepoId repo, String rest) {
    return URI.create(endpoint + "/api/models/" + repo + rest);
  }

  RepoCache cacheOf(RepoId repo) {
    return new RepoCache(cache, repo, links);
  }
}
