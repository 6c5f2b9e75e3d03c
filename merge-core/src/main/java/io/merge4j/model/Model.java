// SPDX-License-Identifier: Apache-2.0
package io.merge4j.model;

import com.google.common.collect.ImmutableList;
import io.merge4j.MergeException;
import io.merge4j.service.Providers;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.CheckpointFormat;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/// A model: a checkpoint, its configuration, and the other files of its directory.
///
/// Opening reads configuration and tensor headers; weights are read when a merge runs.
public final class Model implements AutoCloseable {

  private final String name;
  private final Checkpoint checkpoint;
  private final ModelConfig config;
  private final ImmutableList<Path> places;
  private final LayerStacks stacks;
  private final VocabularyTensors vocabulary;

  Model(String name, Checkpoint checkpoint, ModelConfig config, ImmutableList<Path> places) {
    this(name, checkpoint, config, places, LayerStacks.of(checkpoint.specs()));
  }

  private Model(
      String name,
      Checkpoint checkpoint,
      ModelConfig config,
      ImmutableList<Path> places,
      LayerStacks stacks) {
    this.name = name;
    this.checkpoint = checkpoint;
    this.config = config;
    this.places = places;
    this.stacks = stacks;
    this.vocabulary = VocabularyTensors.of(checkpoint.specs(), config, stacks);
  }

  /// Opens a model by name: a directory or file, else a repository `org/name[@revision]`, else
  /// either with an adapter: `base+adapter`.
  ///
  /// @throws MergeException if there is no such model or it cannot be read
  /// @throws IllegalArgumentException if the name has no such form
  public static Model open(String name) {
    Optional<Path> path = existing(name);
    return path.isPresent() ? open(path.get(), name) : open(ModelId.parse(name), name);
  }

  /// Opens the model in a directory, or a single checkpoint file.
  ///
  /// @throws MergeException if nothing readable lies there
  public static Model open(Path path) {
    return open(path, path.toString());
  }

  /// A model of parts at hand.
  ///
  /// @param directory where the files beside the weights lie, if anywhere
  public static Model of(
      String name, Checkpoint checkpoint, ModelConfig config, Optional<Path> directory) {
    return new Model(
        name, checkpoint, config, directory.stream().collect(ImmutableList.toImmutableList()));
  }

  /// What an adapter changes in its base, seen as a model.
  ///
  /// @param stacks the layers that its tensors belong to
  /// @param directory where the files beside its weights lie, if anywhere
  public static Model ofAdapter(
      String name, Checkpoint changes, LayerStacks stacks, Optional<Path> directory) {
    return new Model(
        name,
        changes,
        ModelConfig.EMPTY,
        directory.stream().collect(ImmutableList.toImmutableList()),
        stacks);
  }

  /// The directory or file that a name may be.
  static Optional<Path> existing(String name) {
    try {
      String home = System.getProperty("user.home", "");
      Path path = Path.of(name.startsWith("~/") ? home + name.substring(1) : name);
      return Files.exists(path) ? Optional.of(path) : Optional.empty();
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  static Model open(Path path, String name) {
    try {
      for (CheckpointFormat format : Providers.formats().toList()) {
        Optional<Checkpoint> checkpoint = format.open(path);
        if (checkpoint.isPresent()) {
          return withConfig(path, name, checkpoint.get());
        }
      }
    } catch (ClosedByInterruptException e) {
      throw new MergeException("Interrupted while model \"%s\" was opened".formatted(name), e);
    } catch (IOException e) {
      throw new MergeException("Cannot open model \"%s\": %s".formatted(name, e.getMessage()), e);
    } catch (UnsupportedOperationException e) {
      throw new MergeException(
          "Cannot open model \"%s\": files of its file system cannot be mapped into memory; copy it to a disk"
              .formatted(name),
          e);
    }
    throw new MergeException(
        Files.exists(path)
            ? "Cannot open model \"%s\": no weights found there, expected model.safetensors or pytorch_model.bin, or the index of either"
                .formatted(name)
            : "Cannot open model \"%s\": no such directory or file".formatted(name));
  }

  private static Model withConfig(Path path, String name, Checkpoint checkpoint)
      throws IOException {
    try {
      Path directory = Files.isDirectory(path) ? path : null;
      ModelConfig config =
          directory == null
              ? ModelConfig.EMPTY
              : ModelConfig.read(directory.resolve("config.json"));
      return new Model(name, checkpoint, config, ImmutableList.of(path));
    } catch (IOException | RuntimeException e) {
      checkpoint.close();
      throw e;
    }
  }

  private static Model open(ModelId id, String name) {
    if (id.adapter().isPresent()) {
      return AdaptedModel.open(id.base().toString(), id.adapter().get().toString(), name);
    }
    String elsewhere = " with merge-hub on the class path";
    try {
      for (ModelSource source : Providers.sources().toList()) {
        Optional<Model> model = source.open(id);
        if (model.isPresent()) {
          return model.get();
        }
        elsewhere = "";
      }
    } catch (IOException e) {
      throw new MergeException("Cannot open model \"%s\": %s".formatted(name, e.getMessage()), e);
    }
    throw new MergeException(
        "Cannot open model \"%s\": no such directory or file; expected a path, or a repository org/name%s"
            .formatted(name, elsewhere));
  }

  /// This model with a LoRA adapter applied while it is read: no merged copy is made.
  ///
  /// Closing the new model closes the adapter; this model stays open, and must while the new one is
  /// in use.
  ///
  /// @param adapter a directory with `adapter_config.json` and the adapter's weights
  /// @throws MergeException if there is no adapter, it cannot be merged into a base, or it does not
  ///   fit this one; says why
  public Model withAdapter(Path adapter) {
    return AdaptedModel.of(this, adapter);
  }

  /// Whether it is an adapter, which changes a model and is none by itself.
  public boolean isAdapter() {
    boolean described =
        directory().filter(d -> Files.exists(d.resolve("adapter_config.json"))).isPresent();
    return (config.isEmpty() || described)
        && checkpoint.specs().stream()
            .map(TensorSpec::name)
            .anyMatch(
                tensor -> tensor.contains(".lora_A.") || tensor.contains(".lora_embedding_A"));
  }

  /// Name for messages: as it was asked for.
  public String name() {
    return name;
  }

  public Checkpoint checkpoint() {
    return checkpoint;
  }

  public ModelConfig config() {
    return config;
  }

  /// The directory with the files beside the weights; empty for a single file or tensors in memory.
  public Optional<Path> directory() {
    return places.stream().limit(1).filter(Files::isDirectory).findFirst();
  }

  /// The directories or files that are read: the model's, then those of its adapters; none for
  /// tensors in memory.
  public ImmutableList<Path> places() {
    return places;
  }

  /// The stacks of layers found in the tensor names.
  public LayerStacks stacks() {
    return stacks;
  }

  /// Whether a tensor outside the layers comes after them, such as a final norm or a head.
  public boolean isAfterLayers(String tensor) {
    return ModelFacts.KNOWN.isAfterLayers(tensor);
  }

  /// Whether a tensor is a matrix that reads tokens, a row for each.
  public boolean isEmbedding(String tensor) {
    return vocabulary.isNamed(tensor, ModelFacts.KNOWN.inputEmbeddings());
  }

  /// Whether a tensor is a matrix that writes tokens, a row for each.
  public boolean isHead(String tensor) {
    return vocabulary.isNamed(tensor, ModelFacts.KNOWN.outputHeads());
  }

  /// The dimension of a tensor that counts the tokens of the vocabulary, if it has one.
  ///
  /// Tensors are known by the names of embeddings, heads and their biases, or outside the layers by
  /// the shape of the input embedding or of a row of it, upright or transposed.
  public OptionalInt vocabularyAxis(TensorSpec tensor) {
    return vocabulary.axis(tensor);
  }

  /// Number of rows of the input embedding, or the configured vocabulary size of a model without
  /// one; 0 if neither is known.
  public long vocabularyRows() {
    return vocabulary.rows();
  }

  /// The names of the tensors of an output head that is tied to the input embedding and not stored:
  /// its weight, and its bias if that is tied as well. None if the model has no such head.
  public ImmutableList<String> tiedHead() {
    return new TiedHead(checkpoint, config)
        .names().stream()
            .filter(tensor -> tied(tensor).isPresent())
            .collect(ImmutableList.toImmutableList());
  }

  /// The tensor that stands for `tensor` where it is missing: the input embedding, for an output
  /// head that is tied to it; for the head's bias, that of the module above.
  public Optional<Tensor> tied(String tensor) {
    if (!config.tiesEmbeddings()) {
      return Optional.empty();
    }
    if (ModelFacts.isNamed(tensor, ModelFacts.KNOWN.tiedBiases())) {
      return checkpoint.find(tensor.replace(".decoder.bias", ".bias"));
    }
    if (!isHead(tensor)) {
      return Optional.empty();
    }
    return checkpoint.specs().stream()
        .map(TensorSpec::name)
        .filter(this::isEmbedding)
        .findFirst()
        .flatMap(checkpoint::find);
  }

  /// Whether a tensor is a buffer that models compute themselves, such as rotary frequencies, and
  /// that some checkpoints hold and others do not.
  public static boolean isBuffer(String tensor) {
    return ModelFacts.isNamed(tensor, ModelFacts.KNOWN.buffers());
  }

  @Override
  public void close() {
    checkpoint.close();
  }

  @Override
  public String toString() {
    return name;
  }
}
