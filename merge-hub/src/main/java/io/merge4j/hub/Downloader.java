// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.merge4j.hub.HubException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Brings files of one commit into the cache.
final class Downloader {

  private final HubContext hub;
  private final RepoCache cache;
  private final RepoId repo;
  private final String commit;
  private final Turns connections;

  Downloader(HubContext hub, RepoId repo, String commit) {
    this.hub = hub;
    this.cache = hub.cacheOf(repo);
    this.repo = repo;
    this.commit = commit;
    this.connections = new Turns(hub.connections());
  }

  /// Downloads whatever is missing, several files at once.
  void fetch(ImmutableList<RepositoryFile> files, DownloadListener listener) {
    long missing = missing(files).values().stream().mapToLong(Long::longValue).sum();
    LocalErrors.requireSpace(
        "download " + repo, missing, hub.freeSpace().applyAsLong(hub.cache()), hub.cache());
    Progress progress = new Progress(listener);
    progress.started(files, missing);
    // Each file at work holds two files open, so not all of them at once.
    Parallel.map(files, hub.connections(), file -> fetch(file, progress));
  }

  /// @return the file's place in the snapshot
  private Path fetch(RepositoryFile file, Progress progress) {
    FileSource source = new FileSource(hub, repo, commit, file.path());
    Path entry = cache.entry(commit, file.path());
    try {
      if (!isWhole(entry, file) || Files.exists(journal(file))) {
        cache.create();
        try (BlobLock lock = BlobLock.acquire(cache.lockFile(file.etag()))) {
          if (!isWhole(entry, file)) {
            boolean isNew = !isWhole(cache.blob(file.etag()), file);
            if (isNew) {
              cache.addBlob(transfer(source, file, lock, progress), file.etag());
            }
            cache.link(file.etag(), commit, file.path(), isNew);
          }
          forgetLeftovers(file, lock);
        }
      }
    } catch (IOException e) {
      throw LocalErrors.of(e, "store " + source.subject(), hub.cache());
    }
    progress.finished(file);
    return entry;
  }

  /// Downloads and verifies the content.
  ///
  /// @return a temporary file beside the blob
  private Path transfer(FileSource source, RepositoryFile file, BlobLock lock, Progress progress)
      throws IOException {
    for (int attempt = 1; ; attempt++) {
      try (PartialFile partial =
          PartialFile.open(
              cache.blob(file.etag()),
              journal(file),
              file.size(),
              hub.partSize(),
              lock.isExclusive())) {
        receive(source, file, partial, progress, lock);
        if (ContentHash.matches(partial.data(), file.etag())) {
          partial.finish();
          return partial.data();
        }
        // Either a transfer went wrong unnoticed, or an earlier process left wrong bytes behind.
        partial.discard();
        progress.advanced(file, 0);
      }
      if (attempt == 2) {
        throw new HubException(
            Reason.CORRUPT,
            "Cannot download %s: the content does not have the hash %s that the Hub lists; try again"
                    .formatted(source.subject(), file.etag())
                + " later, and check proxies and antivirus programs on the way");
      }
    }
  }

  /// What is not to be taken over later, since others may be at work on it, does not stay.
  private void receive(
      FileSource source, RepositoryFile file, PartialFile partial, Progress progress, BlobLock lock)
      throws IOException {
    try {
      new BlobDownload(source, connections, file, partial, progress).run();
    } catch (RuntimeException | Error e) {
      if (!lock.isExclusive()) {
        partial.discard();
      }
      throw e;
    }
  }

  /// Deletes what an interrupted download left behind when another program has brought the content.
  private void forgetLeftovers(RepositoryFile file, BlobLock lock) throws IOException {
    if (lock.isExclusive() && Files.exists(journal(file))) {
      PartialFile.discard(cache.blob(file.etag()), journal(file));
    }
  }

  private Path journal(RepositoryFile file) {
    return cache.lockFile(file.etag()).resolveSibling(file.etag() + ".parts");
  }

  /// The blobs of these files that are not in the cache, with the bytes that are missing of each.
  ImmutableMap<Path, Long> missing(List<RepositoryFile> files) {
    Map<Path, Long> missing = new LinkedHashMap<>();
    for (RepositoryFile file : files) {
      Path blob = cache.blob(file.etag());
      if (!isWhole(cache.entry(commit, file.path()), file) && !isWhole(blob, file)) {
        missing.computeIfAbsent(
            blob, any -> file.size() - PartialFile.arrived(blob, journal(file), file.size()));
      }
    }
    return ImmutableMap.copyOf(missing);
  }

  /// Whether a file is in the cache, as far as its size tells.
  static boolean isWhole(Path place, RepositoryFile file) {
    try {
      return Files.isRegularFile(place) && Files.size(place) == file.size();
    } catch (IOException e) {
      return false;
    }
  }
}
