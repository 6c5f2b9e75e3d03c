// SPDX-License-Identifier: Apache-2.0
package io.merge4j.adapter;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import com.google.common.collect.Sets;
import io.merge4j.tensor.Tensor;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What was tied in the base and is of its own with the adapter: a head that it brings in full, or
/// one whose embedding it saves as a module; and the head's bias along with it.
///
/// *Source:* PEFT 0.21, `ModulesToSaveWrapper`: a module that is saved is a copy, and what was tied
/// to it stays as it was. A tensor that is saved without such a module is loaded into the tied one.
///
/// @param modules the parts that the adapter brings, by the modules they belong to
record UntiedHead(Base base, AdapterConfig config, Map<String, Map<Part, Tensor>> modules) {

  /// The tensors that stood for them in the base, by the names that they have from now on.
  ///
  /// None if encoder and decoder share the embedding: PEFT's copy of that is read by neither, so
  /// that what was trained there is what the base has.
  ImmutableMap<String, Tensor> tensors() {
    Set<String> weights = tied(Part.WEIGHT, Part.BASE_WEIGHT, ".weight");
    Set<String> biases = tied(Part.BIAS, Part.BASE_BIAS, ".bias");
    Set<String> names = new LinkedHashSet<>(weights);
    if (!weights.isEmpty()) {
      names.addAll(biases);
    }
    if (!weights.isEmpty() || savesEmbedding()) {
      names.addAll(base.tiedHead());
    }
    return ImmutableMap.copyOf(
        Maps.asMap(
            Sets.filter(names, name -> !base.isShared(name)),
            name -> Deltas.named(name, base.tied().apply(name).orElseThrow())));
  }

  /// A head that the adapter saves as a module, but that can't be untied.
  Optional<String> shared() {
    return tied(Part.WEIGHT, Part.BASE_WEIGHT, ".weight").stream()
        .filter(name -> base.isShared(name) && config.saves(PeftConfig.module(name)))
        .findFirst();
  }

  /// Whether the embedding to which the head is tied is saved as a module.
  private boolean savesEmbedding() {
    Optional<String> embedding =
        base.tiedHead().stream()
            .findFirst()
            .flatMap(base.tied())
            .map(tensor -> tensor.spec().name());
    return embedding.isPresent()
        && modules.entrySet().stream()
            .filter(
                entry -> entry.getValue().containsKey(Part.WEIGHT) && config.saves(entry.getKey()))
            .flatMap(entry -> base.find(entry.getKey() + ".weight").stream())
            .anyMatch(tensor -> tensor.spec().name().equals(embedding.get()));
  }

  /// The tied tensors that the adapter brings: not those beneath factors, which stay tied.
  private Set<String> tied(Part part, Part beneath, String suffix) {
    Set<String> names = new LinkedHashSet<>();
    modules.forEach((module, parts) -> {
      String name = module + suffix;
      if (parts.containsKey(part) && !parts.containsKey(beneath) && base.ties(name)) {
        names.add(name);
      }
    });
    return names;
  }
}
