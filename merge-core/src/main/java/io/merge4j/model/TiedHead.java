// SPDX-License-Identifier: Apache-2.0
package io.merge4j.model;

import com.google.common.collect.ImmutableList;
import io.merge4j.tensor.Checkpoint;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// Finds the output head of a model that is tied to its input embedding and not stored.
record TiedHead(Checkpoint checkpoint, ModelConfig config) {

  private static final String USUAL = "lm_head.weight";

  /// Architectures that write text by the usual head.
  private static final Pattern GENERATIVE =
      Pattern.compile("CausalLM|LMHeadModel|ConditionalGeneration");

  /// The names of its weight and, if that is tied as well, its bias; none without such a head.
  ImmutableList<String> names() {
    Optional<String> weight = config.tiesEmbeddings() ? weight() : Optional.empty();
    if (weight.isEmpty() || checkpoint.find(weight.get()).isPresent()) {
      return ImmutableList.of();
    }
    String bias = weight.get().replace(".weight", ".bias");
    return ModelFacts.isNamed(bias, ModelFacts.KNOWN.tiedBiases())
        ? ImmutableList.of(weight.get(), bias)
        : ImmutableList.of(weight.get());
  }

  private Optional<String> weight() {
    return ModelFacts.KNOWN.tiedHeads().entrySet().stream()
        .filter(entry -> checkpoint.find(entry.getKey()).isPresent())
        .map(Map.Entry::getValue)
        .findFirst()
        .or(() ->
            Optional.of(USUAL)
                .filter(head ->
                    GENERATIVE.matcher(config.json().path("architectures").toString()).find()));
  }
}
