// SPDX-License-Identifier: Apache-2.0
package io.merge4j.adapter;

import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// What a tensor of an adapter is to its module, as the end of its name tells.
///
/// *Source:* PEFT 0.21, `get_peft_model_state_dict`.
public enum Part {
  /// rank x in.
  A(".lora_A.weight"),
  /// out x rank.
  B(".lora_B.weight"),
  /// Added to the bias.
  B_BIAS(".lora_B.bias"),
  /// rank x vocabulary.
  EMBEDDING_A(".lora_embedding_A"),
  /// hidden x rank.
  EMBEDDING_B(".lora_embedding_B"),
  /// Lengths of the rows, or columns, of the result.
  MAGNITUDE(".lora_magnitude_vector"),
  MAGNITUDE_OF_OLD(".lora_magnitude_vector.weight"),
  /// Rows that replace those of the base.
  TOKENS(".token_adapter.trainable_tokens_delta"),
  /// Replaces the base's, in a module that is saved in full; beside it may lie what was there
  /// before, and under the plain name the same once more.
  SAVED_WEIGHT(".modules_to_save.weight"),
  SAVED_BIAS(".modules_to_save.bias"),
  ORIGINAL_WEIGHT(".original_module.weight"),
  ORIGINAL_BIAS(".original_module.bias"),
  /// Replaces the base's.
  BASE_WEIGHT(".base_layer.weight"),
  BASE_BIAS(".base_layer.bias"),
  WEIGHT(".weight"),
  BIAS(".bias");

  /// What PEFT puts in front of the names of the base.
  public static final String PREFIX = "base_model.model.";

  private final String suffix;

  Part(String suffix) {
    this.suffix = suffix;
  }

  /// What an adapter calls this part of the module to which a tensor of the base belongs.
  public String nameFor(String tensor) {
    return PREFIX + PeftConfig.module(tensor) + suffix;
  }

  /// The tensors of an adapter by their modules, both in the order in which they are stored.
  ///
  /// @param problems told of tensors that are none of an adapter's
  static Map<String, Map<Part, Tensor>> byModule(Checkpoint adapter, Consumer<String> problems) {
    Map<String, Map<Part, Tensor>> modules = new LinkedHashMap<>();
    for (TensorSpec spec : adapter.specs()) {
      Optional<Place> place = of(spec.name());
      if (place.isEmpty()) {
        problems.accept("tensor %s has no known meaning".formatted(spec.name()));
      } else {
        modules
            .computeIfAbsent(place.get().module(), module -> new LinkedHashMap<>())
            .put(place.get().part(), adapter.find(spec.name()).orElseThrow());
      }
    }
    return modules;
  }

  /// A tensor of an adapter: its module, as the base names it, and what it is there.
  private record Place(String module, Part part) {}

  /// Where a tensor belongs; empty for names that are none of an adapter's.
  private static Optional<Place> of(String tensor) {
    String path = tensor.startsWith(PREFIX) ? tensor.substring(PREFIX.length()) : tensor;
    for (Part part : values()) {
      if (path.endsWith(part.suffix)) {
        String module = path.substring(0, path.length() - part.suffix.length());
        return module.contains(".lora_") || module.endsWith(".base_layer") || module.isEmpty()
            ? Optional.empty()
            : Optional.of(new Place(module, part.today()));
      }
    }
    return Optional.empty();
  }

  /// The part that it is by another name.
  private Part today() {
    return switch (this) {
      case MAGNITUDE_OF_OLD -> MAGNITUDE;
      case SAVED_WEIGHT -> WEIGHT;
      case SAVED_BIAS -> BIAS;
      default -> this;
    };
  }
}
