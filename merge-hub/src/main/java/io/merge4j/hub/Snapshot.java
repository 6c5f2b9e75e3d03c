// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import com.google.common.base.Supplier;
import com.google.common.base.Suppliers;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.merge4j.hub.HubException.Reason;
import io.merge4j.model.ModuleFolders;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// A repository at one commit: its files can be listed, read in part, and downloaded.
///
/// Nothing is downloaded before it is asked for. Immutable; may be used by several threads.
///
/// *Errors:* every method throws [HubException] when the Hub or the cache fails it.
public final class Snapshot {

  private final HubContext hub;
  private final RepoCache cache;
  private final RepoReference reference;
  private final String commit;
  private final boolean isFresh;
  private final Supplier<Listing> listing;

  /// @param isFresh whether the Hub has just said what the revision means
  Snapshot(HubContext hub, RepoReference reference, String commit, boolean isFresh) {
    this.hub = hub;
    this.cache = hub.cacheOf(reference.repo());
    this.reference = reference;
    this.commit = commit;
    this.isFresh = isFresh;
    this.listing = Suppliers.memoize(() -> Listing.of(hub, reference, commit, isFresh));
  }

  /// The repository and the revision that was asked for.
  public RepoReference reference() {
    return reference;
  }

  /// The commit that the revision means, 40 hexadecimal digits.
  public String commit() {
    return commit;
  }

  /// All files at this commit, sorted by path; offline, those that are known.
  public ImmutableList<RepositoryFile> files() {
    return listing.get().tree().files();
  }

  /// The file at that path, if there is one.
  public Optional<RepositoryFile> find(String path) {
    return listing.get().tree().find(path);
  }

  /// The files that a merge needs: one copy of the weights, configuration and tokenizer, and the
  /// folders that the `modules.json` of a sentence-transformers model names.
  ///
  /// Where an index tells which files hold the weights, it is downloaded first; so is
  /// `modules.json`.
  public ImmutableList<RepositoryFile> mergeFiles() {
    MergeFiles selection = new MergeFiles(files());
    return selection.select(
        selection.index().map(this::shards).orElseGet(ImmutableSet::of), modules());
  }

  /// Those of [#mergeFiles()] beside the weights.
  ImmutableList<RepositoryFile> smallFiles() {
    return new MergeFiles(files()).beside(modules());
  }

  /// Those of [#mergeFiles()] that hold the weights.
  ImmutableList<RepositoryFile> weightFiles() {
    MergeFiles selection = new MergeFiles(files());
    ImmutableSet<String> shards = selection.index().map(this::shards).orElseGet(ImmutableSet::of);
    for (String shard : shards) {
      if (find(shard).isEmpty()) {
        requireListing(shard);
        throw new HubException(
            Reason.CORRUPT,
            "The index of %s names %s, which is not in the repository".formatted(reference, shard));
      }
    }
    ImmutableList<RepositoryFile> weights = selection.weights(shards);
    if (weights.isEmpty()) {
      requireListing("the weights");
    }
    return weights;
  }

  /// The file at that path, or nothing if it is known that there is none.
  ///
  /// @throws HubException if that is not known: neither the Hub nor the cache tells
  Optional<RepositoryFile> lookUp(String path) {
    Optional<RepositoryFile> found = find(path);
    if (found.isEmpty() && !cache.notes().isAbsent(commit, path)) {
      requireListing(path);
    }
    return found;
  }

  /// Tells what is missing in a snapshot without a listing from what is not in the repository.
  private void requireListing(String missing) {
    if (!listing.get().isComplete()) {
      throw listing.get().refusal().orElseGet(() -> offline(missing));
    }
  }

  /// Most requests to make at once.
  int connections() {
    return hub.connections();
  }

  /// The directory of the files that have been downloaded.
  Path directory() {
    return cache.snapshot(commit);
  }

  /// Whether the file has been downloaded.
  boolean isHere(RepositoryFile file) {
    return Downloader.isWhole(cache.entry(commit, file.path()), file);
  }

  /// What a download of these files would store: bytes still missing, by place.
  ImmutableMap<Path, Long> missing(List<RepositoryFile> wanted) {
    return new Downloader(hub, reference.repo(), commit).missing(wanted);
  }

  private ImmutableSet<String> shards(RepositoryFile index) {
    return ShardIndex.shards(path(index.path()), index.path() + " of " + reference);
  }

  private ImmutableSet<String> modules() {
    if (find(ModuleFolders.FILE).isEmpty()) {
      return ImmutableSet.of();
    }
    Path modules = path(ModuleFolders.FILE);
    try {
      return ModuleFolders.read(modules);
    } catch (IOException e) {
      throw LocalErrors.of(e, "read " + ModuleFolders.FILE + " of " + reference, modules);
    }
  }

  /// Downloads what a merge needs.
  ///
  /// @return the snapshot's directory in the cache
  public Path download() {
    return download(DownloadListener.none());
  }

  /// Downloads what a merge needs, and reports progress.
  ///
  /// @return the snapshot's directory in the cache
  public Path download(DownloadListener listener) {
    // Fails unless they are there or listed: a snapshot without a listing may lack them.
    weightFiles();
    return download(mergeFiles(), listener);
  }

  /// Downloads the files that are wanted.
  ///
  /// @param wanted chooses files, e.g. [FilePatterns]
  /// @return the snapshot's directory in the cache
  public Path download(Predicate<? super RepositoryFile> wanted, DownloadListener listener) {
    return download(
        files().stream().filter(wanted).collect(ImmutableList.toImmutableList()), listener);
  }

  private Path download(ImmutableList<RepositoryFile> wanted, DownloadListener listener) {
    if (hub.isOffline()) {
      requireCached(wanted);
    }
    try {
      new Downloader(hub, reference.repo(), commit).fetch(wanted, listener);
    } catch (HubException e) {
      if (e.reason() == Reason.CORRUPT || e.reason() == Reason.FILE_NOT_FOUND) {
        // A listing that does not fit the content must not stand in the way of the next attempt.
        cache.notes().forgetTree(commit);
      }
      throw e;
    }
    recordRevision();
    return directory();
  }

  /// The file on this machine, downloaded if need be.
  public Path path(String file) {
    Optional<Path> cached = cached(file);
    if (cached.isPresent()) {
      recordRevision();
      return cached.get();
    }
    if (hub.isOffline()) {
      throw cache.notes().isAbsent(commit, file) ? noSuchFile(file) : offline(file);
    }
    RepositoryFile found = lookUp(file).orElseThrow(() -> noSuchFile(file));
    download(ImmutableList.of(found), DownloadListener.none());
    return cache.entry(commit, file);
  }

  /// The file in the cache, if it has been downloaded.
  public Optional<Path> cached(String file) {
    return Optional.of(cache.entry(commit, file)).filter(Files::isRegularFile);
  }

  /// Bytes `from` to `to` (exclusive) of a file; if it has not been downloaded, only they are
  /// transferred, and nothing is stored.
  ///
  /// @throws IllegalArgumentException if the file does not have these bytes, or they are too many
  ///   for an array
  public byte[] read(RepositoryFile file, long from, long to) {
    if (from < 0 || to < from || to > file.size() || to - from > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "Invalid range %d to %d of %s, which has %d bytes"
              .formatted(from, to, file.path(), file.size()));
    }
    Path local = cache.entry(commit, file.path());
    if (Downloader.isWhole(local, file)) {
      return readLocal(local, from, to);
    }
    if (hub.isOffline()) {
      throw offline(file.path());
    }
    FileSource source = new FileSource(hub, reference.repo(), commit, file.path());
    return new RemoteRange(source, file.size()).read(from, to);
  }

  private static byte[] readLocal(Path local, long from, long to) {
    ByteBuffer target = ByteBuffer.allocate((int) (to - from));
    try (FileChannel channel = FileChannel.open(local)) {
      while (target.hasRemaining() && channel.read(target, from + target.position()) >= 0) {
        // Until all is read.
      }
    } catch (IOException e) {
      throw LocalErrors.of(e, "read a file", local);
    }
    return target.array();
  }

  private void recordRevision() {
    if (isFresh && Files.isDirectory(directory())) {
      cache.notes().setCommit(reference.revision(), commit);
    }
  }

  private void requireCached(ImmutableList<RepositoryFile> wanted) {
    String missing =
        wanted.stream()
            .filter(file -> !Downloader.isWhole(cache.entry(commit, file.path()), file))
            .map(RepositoryFile::path)
            .collect(Collectors.joining(", "));
    if (!missing.isEmpty() || wanted.isEmpty()) {
      throw offline(missing.isEmpty() ? "any file" : missing);
    }
  }

  private HubException offline(String files) {
    return new HubException(
        Reason.OFFLINE,
        "Cannot download %s of %s: offline, and not in the cache %s; unset HF_HUB_OFFLINE to download"
            .formatted(files, reference, hub.cache()));
  }

  private HubException noSuchFile(String file) {
    cache.notes().setAbsent(commit, file);
    try {
      // Others find the mark by the revision, which must lead to a snapshot.
      Files.createDirectories(directory());
      recordRevision();
    } catch (IOException e) {
      // A hint for other programs; the answer is the same without it.
    }
    return new HubException(
        Reason.FILE_NOT_FOUND,
        "Cannot find %s in %s (commit %s)".formatted(file, reference, commit));
  }

  @Override
  public String toString() {
    return reference + " (" + commit + ")";
  }
}
