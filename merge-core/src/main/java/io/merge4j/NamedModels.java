// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import com.google.common.collect.ImmutableSet;
import tools.jackson.databind.JsonNode;

/// The models that a configuration of mergekit names, whatever kind it is.
final class NamedModels {

  private static final ImmutableSet<String> KEYS =
      ImmutableSet.of("model", "base_model", "source_model", "path");

  private NamedModels() {}

  static ImmutableSet<String> in(String yaml) {
    ImmutableSet.Builder<String> names = ImmutableSet.builder();
    collect(Yaml.parse(yaml, "configuration"), names);
    return names.build();
  }

  private static void collect(JsonNode node, ImmutableSet.Builder<String> names) {
    node.properties()
        .forEach(entry -> {
          JsonNode value = entry.getValue();
          if (KEYS.contains(entry.getKey()) && value.isString() && !value.asString().isBlank()) {
            names.add(value.asString().strip());
          }
        });
    node.values().forEach(value -> collect(value, names));
  }
}
