// SPDX-License-Identifier: Apache-2.0
package io.merge4j.adapter;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// An adapter taken apart by the tensors of the base that it changes.
///
/// @param checkpoint the adapter's own tensors
/// @param factors what it adds to matrices, by the name of the weight
/// @param biases what it adds to biases, by their names, before they are scaled
/// @param saved the tensors that it brings in full, by the name of the one that they replace
/// @param beneath weights of the base that it brings beneath its factors, by their names: PEFT
///   keeps a copy of embeddings
public record Deltas(
    Checkpoint checkpoint,
    AdapterConfig config,
    ImmutableSortedMap<String, LowRank> factors,
    ImmutableSortedMap<String, Tensor> biases,
    ImmutableSortedMap<String, Tensor> saved,
    ImmutableSortedMap<String, Tensor> beneath) {

  /// Takes an adapter apart.
  ///
  /// @param directory where `adapter_config.json` lies
  /// @param problems told of everything that stands against combining it with others
  /// @throws IOException if the configuration can't be read, or is of an adapter that does not
  ///   belong to its original base; the message says why
  public static Deltas read(Checkpoint checkpoint, Path directory, Consumer<String> problems)
      throws IOException {
    AdapterConfig config = AdapterConfig.read(directory);
    if (config.dora()) {
      throw new IOException(
          "use_dora: its lengths belong to base and factors together and can't be combined apart from the base; merge models base+adapter instead");
    }
    Parts parts = new Parts(config, problems);
    Part.byModule(checkpoint, problems).forEach(parts::add);
    return new Deltas(
        checkpoint,
        config,
        parts.factors.buildOrThrow(),
        parts.biases.buildOrThrow(),
        parts.saved.buildOrThrow(),
        parts.beneath.buildOrThrow());
  }

  /// The base that the adapter says it was trained on.
  public Optional<String> base() {
    return config.base();
  }

  /// This adapter as a checkpoint of what it adds, beside what it brings in full.
  ///
  /// @param shapes the tensors that any of the adapters changes; what this one does not is zero
  /// @param kept tensors of the base that count where this adapter brings none in full
  public Checkpoint dense(
      String name, ImmutableMap<String, Shape> shapes, ImmutableMap<String, Tensor> kept) {
    return new DeltaCheckpoint(name, this, shapes, kept);
  }

  /// A tensor under another name.
  public static Tensor named(String name, Tensor tensor) {
    return new Replacement(tensor.spec().named(name), tensor);
  }

  Optional<Tensor> delta(String tensor) {
    return Optional.ofNullable(factors.get(tensor))
        .map(factor -> factor.dense(tensor))
        .or(() -> Optional.ofNullable(biases.get(tensor)).map(bias -> bias(tensor, bias)));
  }

  /// Rounded to float32 once, by the scale of the module's factors.
  private Tensor bias(String name, Tensor bias) {
    TensorSpec spec = new TensorSpec(name, DType.F32, bias.spec().shape());
    return LowRankUpdate.bias(LowRank.zero(spec), bias, config.scale(PeftConfig.module(name)));
  }

  /// Sorts the tensors of modules.
  private static final class Parts {
    final ImmutableSortedMap.Builder<String, LowRank> factors = ImmutableSortedMap.naturalOrder();
    final ImmutableSortedMap.Builder<String, Tensor> biases = ImmutableSortedMap.naturalOrder();
    final ImmutableSortedMap.Builder<String, Tensor> saved = ImmutableSortedMap.naturalOrder();
    final ImmutableSortedMap.Builder<String, Tensor> beneath = ImmutableSortedMap.naturalOrder();
    private final AdapterConfig config;
    private final Consumer<String> problems;

    Parts(AdapterConfig config, Consumer<String> problems) {
      this.config = config;
      this.problems = problems;
    }

    void add(String module, Map<Part, Tensor> parts) {
      boolean embedding =
          parts.containsKey(Part.EMBEDDING_A) || parts.containsKey(Part.EMBEDDING_B);
      Tensor a = parts.get(embedding ? Part.EMBEDDING_A : Part.A);
      Tensor b = parts.get(embedding ? Part.EMBEDDING_B : Part.B);
      if (a != null && b != null) {
        try {
          factors.put(
              module + ".weight",
              LowRank.of(a, b, config.rank(module), config.scale(module), embedding));
        } catch (IllegalArgumentException e) {
          problems.accept(module + ": " + e.getMessage());
        }
      } else if (a != null || b != null) {
        problems.accept(module + ": one of the two matrices is missing");
      }
      parts.forEach((part, tensor) -> other(module, part, tensor, a != null));
    }

    private void other(String module, Part part, Tensor tensor, boolean factored) {
      switch (part) {
        case A, B, EMBEDDING_A, EMBEDDING_B, ORIGINAL_WEIGHT, ORIGINAL_BIAS -> {}
        case B_BIAS -> biases.put(module + ".bias", tensor);
        case BASE_BIAS, BIAS, SAVED_BIAS -> saved.put(module + ".bias", tensor);
        case WEIGHT, SAVED_WEIGHT -> {
          if (factored) {
            problems.accept(module + ": both replaced and changed; merge models base+adapter");
          } else {
            saved.put(module + ".weight", tensor);
          }
        }
        case BASE_WEIGHT -> beneath.put(module + ".weight", tensor);
        case MAGNITUDE, MAGNITUDE_OF_OLD ->
            problems.accept(module + ": magnitudes, but use_dora is false");
        case TOKENS ->
            problems.accept(
                module
                    + ": trainable_token_indices replaces rows; merge models base+adapter instead");
      }
    }
  }
}
