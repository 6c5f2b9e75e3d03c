// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import io.merge4j.hub.HubException.Reason;
import java.io.IOException;
import java.util.Optional;

/// The files at a commit: as noted in the cache, as the Hub lists them, or, where neither helps,
/// what the cache holds.
///
/// @param isComplete whether they are all, not just those in the cache
/// @param refusal why the Hub did not list them, if it was asked
record Listing(FileTree tree, boolean isComplete, Optional<HubException> refusal) {

  /// @param isFresh whether the Hub has just answered, so that it can be expected to answer again
  static Listing of(HubContext hub, RepoReference reference, String commit, boolean isFresh) {
    RepoCache cache = hub.cacheOf(reference.repo());
    Optional<FileTree> noted = cache.notes().tree(commit);
    if (noted.isPresent()) {
      return complete(noted.get());
    }
    FileTree cached = cached(cache, reference, commit);
    if (hub.isOffline()) {
      return new Listing(cached, false, Optional.empty());
    }
    boolean mayDo = !isFresh && !cached.files().isEmpty();
    RetryPolicy retry = hub.transport().retry();
    try {
      FileTree listed =
          new HubApi(hub).tree(reference.repo(), commit, mayDo ? retry.once() : retry);
      cache.notes().setTree(commit, listed);
      return complete(listed);
    } catch (HubException e) {
      if (!mayDo || e.reason() == Reason.INTERRUPTED) {
        throw e;
      }
      return new Listing(cached, false, Optional.of(e));
    }
  }

  private static Listing complete(FileTree tree) {
    return new Listing(tree, true, Optional.empty());
  }

  private static FileTree cached(RepoCache cache, RepoReference reference, String commit) {
    try {
      return CachedFiles.of(cache, commit);
    } catch (IOException e) {
      throw LocalErrors.of(e, "list the files of " + reference, cache.folder());
    }
  }
}
