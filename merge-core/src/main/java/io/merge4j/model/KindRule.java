// SPDX-License-Identifier: Apache-2.0
package io.merge4j.model;

import com.google.common.collect.ImmutableSet;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// How some model types tell the kind of attention of a layer from its number, where the
/// configuration has no `layer_types`.
///
/// @param modelTypes the `model_type` of the section that describes the layers
/// @param full which layers have full attention
/// @param key the configuration key with the number that `full` speaks of; may be empty
/// @param number that number where the configuration is silent
/// @param only a key without which, or with a false one, all attention is full; may be empty
/// @param other the kind of the other layers
record KindRule(
    ImmutableSet<String> modelTypes, Full full, String key, int number, String only, String other) {

  /// The list of kinds, which goes before any rule.
  static final String LIST = "layer_types";

  private static final String FULL = "full_attention";

  /// Which layers have full attention.
  enum Full {
    /// The first of every so many.
    FIRST,
    /// The last of every so many.
    LAST,
    /// Those below a number.
    BELOW
  }

  static KindRule of(JsonNode fact) {
    return new KindRule(
        fact.required("modelTypes")
            .valueStream()
            .map(JsonNode::stringValue)
            .collect(ImmutableSet.toImmutableSet()),
        Full.valueOf(fact.required("full").stringValue().toUpperCase(Locale.ROOT)),
        fact.path("key").asString(""),
        fact.required("number").intValue(),
        fact.path("only").asString(""),
        fact.path("other").asString("sliding_attention"));
  }

  /// The kind of a layer, by the list or by the rule of the model type; empty if neither is there.
  static Optional<String> kind(ObjectNode section, int layer) {
    JsonNode listed = section.path(LIST).path(layer);
    return listed.isString() ? Optional.of(listed.stringValue()) : derived(section, layer);
  }

  /// The kind of a layer by the rule of the model type alone.
  static Optional<String> derived(ObjectNode section, int layer) {
    String type = section.path("model_type").asString("");
    return ModelFacts.KNOWN.layerKinds().stream()
        .filter(rule -> rule.modelTypes.contains(type))
        .findFirst()
        .flatMap(rule -> rule.of(section, layer));
  }

  private Optional<String> of(ObjectNode section, int layer) {
    JsonNode found = section.path(key);
    int given = found.isMissingNode() ? number : found.asInt(0);
    if (given <= 0 && full != Full.BELOW) {
      return Optional.empty();
    }
    boolean isFull =
        switch (full) {
          case FIRST -> layer % given == 0;
          case LAST -> (layer + 1) % given == 0;
          case BELOW -> layer < given;
        };
    return Optional.of(isFull || isOff(section) ? FULL : other);
  }

  private boolean isOff(ObjectNode section) {
    return !only.isEmpty()
        && (!section.path(only).asBoolean(false) || section.path("sliding_window").isNull());
  }
}
