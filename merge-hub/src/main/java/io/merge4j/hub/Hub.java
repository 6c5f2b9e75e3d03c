// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import io.merge4j.hub.HubException.Reason;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.Optional;

/// A Hugging Face Hub and the local cache in front of it.
///
///     Path directory = Hub.fromEnvironment().download("org/model@v1.0");
///
/// The cache is the one that Python programs use, in both directions. Several threads, instances
/// and processes may download the same files at once. The token is sent to the Hub only, never to
/// the storage hosts that it redirects to.
///
/// *Source:* the protocol of huggingface_hub 1.33.0. *Differs from it:* content is verified by its
/// hash, broken transfers are resumed by later processes, large files come in parallel parts.
///
/// *Errors:* every method that goes to the Hub or the cache throws [HubException].
public final class Hub {

  private static final System.Logger LOG = System.getLogger(Hub.class.getName());

  private final HubContext context;

  Hub(HubContext context) {
    this.context = context;
  }

  /// The Hub, cache and token that the environment names (`HF_ENDPOINT`, `HF_HOME`, `HF_HUB_CACHE`,
  /// `HF_TOKEN`, `HF_HUB_OFFLINE` and the like), as for Python programs.
  public static Hub fromEnvironment() {
    return builder().build();
  }

  /// A builder that begins with what the environment names.
  public static HubBuilder builder() {
    return new HubBuilder(Environment.ofProcess());
  }

  /// Opens a repository at a revision: `org/model` or `org/model@revision`.
  ///
  /// @throws IllegalArgumentException if the reference is malformed
  public Snapshot open(String reference) {
    return open(RepoReference.parse(reference));
  }

  /// Opens a repository at a revision. One small request finds the commit, none if the revision is
  /// a commit; if the Hub can't be reached, the commit last seen is taken from the cache.
  public Snapshot open(RepoReference reference) {
    if (reference.isCommit()) {
      return new Snapshot(context, reference, reference.revision(), false);
    }
    Optional<String> cached = cachedCommit(reference);
    if (context.isOffline()) {
      return new Snapshot(context, reference, cached.orElseThrow(() -> offline(reference)), false);
    }
    RetryPolicy retry = context.transport().retry();
    try {
      RetryPolicy policy = cached.isPresent() ? retry.once() : retry;
      String commit = new HubApi(context).commitOf(reference, policy);
      return new Snapshot(context, reference, commit, true);
    } catch (HubException e) {
      if (cached.isEmpty()
          || e.reason() == Reason.REVISION_NOT_FOUND
          || e.reason() == Reason.INTERRUPTED) {
        throw e;
      }
      LOG.log(Level.INFO, "{0} is taken from the cache: {1}", reference, e.getMessage());
      return new Snapshot(context, reference, cached.get(), false);
    }
  }

  /// Downloads what a merge needs of `org/model` or `org/model@revision`.
  ///
  /// @return the snapshot's directory in the cache
  public Path download(String reference) {
    return open(reference).download();
  }

  /// Downloads what a merge needs, and reports progress.
  ///
  /// @return the snapshot's directory in the cache
  public Path download(String reference, DownloadListener listener) {
    return open(reference).download(listener);
  }

  /// Publishes a directory as one commit to `main` of a repository, created if need be.
  public UploadReport upload(Path directory, String repo) {
    return upload(directory, RepoId.of(repo), UploadOptions.standard());
  }

  /// Publishes all files below a directory as one commit. Content that the Hub already has is not
  /// sent again, so an upload that was interrupted goes on where it stopped.
  ///
  /// @throws IllegalArgumentException if there is nothing to upload
  public UploadReport upload(Path directory, RepoId repo, UploadOptions options) {
    return upload(directory, repo, options, UploadListener.none());
  }

  /// Publishes all files below a directory as one commit, and reports progress.
  ///
  /// @throws IllegalArgumentException if there is nothing to upload
  public UploadReport upload(
      Path directory, RepoId repo, UploadOptions options, UploadListener listener) {
    requireUploads(repo);
    return new Uploader(new Destination(context, repo, options), listener).run(directory);
  }

  /// Checks what can be known of an upload without a request: worth doing before hours of work
  /// whose result is to be published.
  ///
  /// @throws HubException if this Hub is offline or has no token
  public void requireUploads(RepoId repo) {
    if (context.isOffline()) {
      throw new HubException(
          Reason.OFFLINE, "Cannot upload to " + repo + ": offline; unset HF_HUB_OFFLINE");
    }
    if (!context.errors().hasToken()) {
      throw new HubException(
          Reason.FORBIDDEN,
          "Cannot upload to %s: there is no token; create one that may write at %s/settings/tokens and set HF_TOKEN to it"
              .formatted(repo, context.endpoint()));
    }
  }

  /// The models that a model was made from, and theirs: what cards (`base_model`) and recipes
  /// (`mergekit_config.yml`) and adapters (`adapter_config.json`) tell, on the Hub, in the cache,
  /// and in directories of this machine.
  ///
  /// Small files only are downloaded. Ancestors that are missing, private or gated are part of the
  /// answer.
  ///
  /// @param model a directory, or a repository `org/name` or `org/name@revision`
  /// @param depth generations to follow; 0 for the model's own parents by name only
  /// @throws IllegalArgumentException if the name can be neither, or the depth is negative
  public Lineage lineage(String model, int depth) {
    if (depth < 0) {
      throw new IllegalArgumentException("Depth is %d, expected 0 or more".formatted(depth));
    }
    return new LineageSearch(this, context).run(LineagePlace.named(model), depth);
  }

  /// The directory of the cache.
  public Path cache() {
    return context.cache();
  }

  private Optional<String> cachedCommit(RepoReference reference) {
    try {
      return context.cacheOf(reference.repo()).notes().commitOf(reference.revision());
    } catch (IOException e) {
      throw LocalErrors.of(e, "read the cache of " + reference, context.cache());
    }
  }

  private HubException offline(RepoReference reference) {
    return new HubException(
        Reason.OFFLINE,
        "Cannot open %s: offline, and not in the cache %s; unset HF_HUB_OFFLINE to download it"
            .formatted(reference, context.cache()));
  }
}
