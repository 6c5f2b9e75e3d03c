// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import io.merge4j.hub.ServerErrors.Subject;
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
/// @param freeSpace free bytes on the disk of a path, 0 if unknown
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
  URI resolveUrl(Subject subject) {
    String revision = RepositoryPath.encodeSegment(subject.revision());
    String path = RepositoryPath.encode(String.valueOf(subject.file()));
    return URI.create(endpoint + "/" + subject.repo() + "/resolve/" + revision + "/" + path);
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
