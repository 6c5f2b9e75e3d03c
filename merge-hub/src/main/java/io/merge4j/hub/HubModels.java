// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import com.google.common.base.Supplier;
import com.google.common.base.Suppliers;
import com.google.common.collect.ImmutableList;
import io.merge4j.Bytes;
import io.merge4j.MergeException;
import io.merge4j.hub.HubException.Reason;
import io.merge4j.model.Model;
import io.merge4j.model.ModelConfig;
import io.merge4j.model.ModelId;
import io.merge4j.model.ModelSource;
import io.merge4j.tensor.Checkpoint;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Models of a [Hub] by their ids: `org/name` and `org/name@revision`, or `name` alone as old
/// repositories have it.
///
/// Opening downloads the small files, those in the folders of a sentence-transformers model's
/// modules among them, and reads the headers of the weights, a few kilobytes of each file. The
/// weights come when a merge begins, or when a tensor is first read. PyTorch files, which are taken
/// only where there is no safetensors, have no header to read, so they come at once. What the cache
/// has is not asked for again.
public final class HubModels implements ModelSource {

  private static final System.Logger LOG = System.getLogger(HubModels.class.getName());
  private static final Supplier<Hub> OF_PROCESS = Suppliers.memoize(Hub::fromEnvironment);

  /// Names that only files have, although repositories could.
  private static final Pattern FILE =
      Pattern.compile("[^/]*\\.(safetensors|bin|pt|pth|ckpt|gguf|ya?ml|json)");

  private static final String NOWHERE = "no such directory or file; and as a repository: ";
  private static final String SAFETENSORS = ".safetensors";
  private static final String TORCH = ".bin";

  private final Supplier<Hub> hub;

  /// For [java.util.ServiceLoader]: models of the Hub that the environment names.
  public HubModels() {
    this.hub = OF_PROCESS;
  }

  /// Models of that Hub.
  public HubModels(Hub hub) {
    this.hub = () -> hub;
  }

  @Override
  public Optional<Model> open(ModelId id) throws IOException {
    if (!RepoId.isValid(id.place()) || FILE.matcher(id.place()).matches()) {
      return Optional.empty();
    }
    try {
      String revision = id.revision().orElse(RepoReference.DEFAULT_REVISION);
      RepoReference reference = new RepoReference(RepoId.of(id.place()), revision);
      return Optional.of(open(id, hub.get().open(reference)));
    } catch (HubException e) {
      throw new IOException(e.mayMeanPath() ? NOWHERE + e.getMessage() : e.getMessage(), e);
    } catch (MergeException | IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private static Model open(ModelId id, Snapshot snapshot) throws IOException {
    ImmutableList<RepositoryFile> weights = weights(snapshot);
    fetchSmallFiles(snapshot, weights);
    boolean isHere = weights.stream().allMatch(snapshot::isHere);
    if (!isHere && weights.getFirst().path().endsWith(TORCH)) {
      isHere = fetch(snapshot, weights);
    }
    Checkpoint checkpoint =
        isHere ? local(snapshot, weights) : RemoteWeights.open(id.toString(), snapshot, weights);
    Path directory = snapshot.directory();
    try {
      ModelConfig config = ModelConfig.read(directory.resolve("config.json"));
      return Model.of(id.toString(), checkpoint, config, Optional.of(directory));
    } catch (IOException | RuntimeException e) {
      checkpoint.close();
      throw e;
    }
  }

  private static ImmutableList<RepositoryFile> weights(Snapshot snapshot) throws IOException {
    ImmutableList<RepositoryFile> weights = snapshot.weightFiles();
    String found = weights.stream().map(RepositoryFile::path).collect(Collectors.joining(", "));
    boolean isComplete =
        Stream.of(SAFETENSORS, TORCH)
            .anyMatch(ending ->
                weights.stream().allMatch(file -> file.path().endsWith(ending))
                    && (weights.size() == 1 || isIndexed(snapshot, ending)));
    if (weights.isEmpty() || !isComplete) {
      throw new IOException(
          "%s holds %s, expected model.safetensors or pytorch_model.bin, or the index of either"
              .formatted(snapshot.reference(), found.isEmpty() ? "no weights" : found));
    }
    return weights;
  }

  private static boolean isIndexed(Snapshot snapshot, String ending) {
    String stem = ending.equals(TORCH) ? "pytorch_model" : "model";
    return snapshot.find(stem + ending + ".index.json").isPresent();
  }

  /// Downloads weights at once.
  private static boolean fetch(Snapshot snapshot, ImmutableList<RepositoryFile> weights) {
    LOG.log(
        Level.INFO,
        "Downloading the PyTorch files of {0}, {1}: what they hold is known only then",
        snapshot.reference(),
        Bytes.print(weights.stream().mapToLong(RepositoryFile::size).sum()));
    snapshot.download(weights::contains, DownloadListener.none());
    return true;
  }

  /// Without a connection, those that are there must do.
  private static void fetchSmallFiles(Snapshot snapshot, ImmutableList<RepositoryFile> weights) {
    try {
      snapshot.download(snapshot.smallFiles()::contains, DownloadListener.none());
    } catch (HubException e) {
      boolean isUnreachable = e.reason() == Reason.OFFLINE || e.reason() == Reason.UNREACHABLE;
      boolean hasConfig = snapshot.find("config.json").map(snapshot::isHere).orElse(true);
      if (!isUnreachable || !hasConfig || !weights.stream().allMatch(snapshot::isHere)) {
        throw e;
      }
      LOG.log(Level.DEBUG, "{0} is merged from the files at hand: {1}", snapshot, e.getMessage());
    }
  }

  /// Opens weights that have been downloaded.
  static Checkpoint local(Snapshot snapshot, ImmutableList<RepositoryFile> weights) {
    Path directory = snapshot.directory();
    return Model.open(
            weights.size() == 1 ? directory.resolve(weights.getFirst().path()) : directory)
        .checkpoint();
  }
}
