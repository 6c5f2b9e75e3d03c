// SPDX-License-Identifier: Apache-2.0
package io.merge4j.model;

import com.google.common.collect.ImmutableList;
import io.merge4j.MergeException;
import io.merge4j.adapter.Adaptation;
import io.merge4j.adapter.Base;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/// Makes models of a base and an adapter.
final class AdaptedModel {

  private static final ImmutableList<String> WEIGHTS =
      ImmutableList.of("adapter_model.safetensors", "adapter_model.bin");

  private AdaptedModel() {}

  /// Opens both; closing the model closes both.
  static Model open(String base, String adapter, String name) {
    Model model = Model.open(base);
    try {
      return of(model, openAdapter(adapter), name, true);
    } catch (RuntimeException | Error e) {
      model.close();
      throw e;
    }
  }

  /// Opens the adapter; closing the model leaves the base open.
  static Model of(Model base, Path adapter) {
    Model opened = openAdapter(adapter.toString());
    return of(base, opened, base.name() + "+" + adapter, false);
  }

  /// An adapter's directory may hold a model, too.
  private static Model openAdapter(String adapter) {
    Optional<Path> place = Model.existing(adapter);
    if (place.isPresent() && Files.isDirectory(place.get())) {
      for (String file : WEIGHTS) {
        Path weights = place.get().resolve(file);
        if (Files.exists(weights)) {
          return Model.open(weights, adapter);
        }
      }
    }
    return Model.open(adapter);
  }

  private static boolean countsTokens(Model base, String tensor) {
    return base.checkpoint()
        .find(tensor)
        .or(() -> base.tied(tensor))
        .filter(found -> base.vocabularyAxis(found.spec()).isPresent())
        .isPresent();
  }

  private static Model of(Model base, Model adapter, String name, boolean closesBase) {
    try {
      if (base.config().isQuantized()) {
        throw new MergeException(
            "Cannot apply adapter \"%s\": its base %s is quantised, expected plain weights"
                .formatted(adapter, base));
      }
      Path directory = directory(adapter);
      Checkpoint adapted =
          Adaptation.apply(
              new Base(
                  base.name(),
                  base.checkpoint(),
                  base::tied,
                  base.tiedHead(),
                  tensor -> countsTokens(base, tensor)),
              adapter.checkpoint(),
              directory,
              closesBase);
      return new Model(
          name,
          adapted,
          config(base, adapted),
          ImmutableList.<Path>builder().addAll(base.places()).add(directory).build());
    } catch (RuntimeException | Error e) {
      adapter.close();
      throw e;
    }
  }

  /// Where the adapter's configuration lies.
  private static Path directory(Model adapter) {
    Path place =
        adapter.places().stream()
            .findFirst()
            .orElseThrow(
                () -> new MergeException("Adapter \"%s\" lies in no directory".formatted(adapter)));
    return Files.isDirectory(place)
        ? place
        : Objects.requireNonNullElse(place.toAbsolutePath().getParent(), place);
  }

  /// The base's configuration, changed where the adapter brings a grown vocabulary, or a head of
  /// its own.
  private static ModelConfig config(Model base, Checkpoint adapted) {
    ModelConfig config = base.config();
    for (TensorSpec spec : adapted.specs()) {
      Optional<TensorSpec> before = base.checkpoint().find(spec.name()).map(Tensor::spec);
      if (before.isEmpty() && base.tied(spec.name()).isPresent()) {
        config = config.withTiedEmbeddings(false);
      }
      if (before.isPresent() && base.isEmbedding(spec.name())) {
        long rows = spec.shape().size(0);
        boolean same = rows == before.get().shape().size(0);
        config = same ? config : config.withVocabularySize(rows);
      }
    }
    return config;
  }
}
