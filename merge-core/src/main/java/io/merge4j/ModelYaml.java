// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import com.google.common.collect.ImmutableSet;
import io.merge4j.model.ModelReference;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// How recipes name models.
///
/// @param nodes learns what is wrong
/// @param places where they may lie
record ModelYaml(RecipeNodes nodes, RecipePlaces places) {

  private static final ImmutableSet<String> MODEL_KEYS = ImmutableSet.of("model", "lora");

  private static final ImmutableSet<String> PLACE_KEYS = ImmutableSet.of("path", "revision");

  /// A model by its name, or as the mapping that mergekit takes names apart into: `{model: {path:
  /// org/base, revision: main}, lora: {path: org/adapter}}`.
  Optional<ModelReference> named(ObjectNode node, String key, String place) {
    String at = RecipeNodes.join(place, key);
    if (!(node.path(key) instanceof ObjectNode parts)) {
      return nodes.text(node, key, place).flatMap(name -> model(name, at));
    }
    nodes.checkKeys(parts, MODEL_KEYS, at);
    Optional<String> base = place(parts, "model", at);
    if (base.isEmpty()) {
      return Optional.empty();
    }
    boolean adapted = parts.hasNonNull("lora");
    Optional<String> adapter = adapted ? place(parts, "lora", at) : Optional.of("");
    return adapter.flatMap(name -> model(base.get() + (adapted ? "+" + name : ""), at));
  }

  /// A place `{path: org/name, revision: main}`, or `org/name@main`.
  private Optional<String> place(ObjectNode parts, String key, String at) {
    String place = RecipeNodes.join(at, key);
    if (!(parts.path(key) instanceof ObjectNode named)) {
      Optional<String> name = nodes.text(parts, key, at);
      if (name.isEmpty() && !parts.hasNonNull(key)) {
        nodes.problem(place, "missing, expected a path or org/name");
      }
      return name;
    }
    nodes.checkKeys(named, PLACE_KEYS, place);
    Optional<String> path = nodes.text(named, "path", place);
    if (path.isEmpty()) {
      nodes.problem(place + ".path", "missing, expected a path or org/name");
    }
    String revision = nodes.text(named, "revision", place).map(name -> "@" + name).orElse("");
    return path.map(name -> name + revision);
  }

  /// A model by its name.
  Optional<ModelReference> model(String name, String place) {
    try {
      return Optional.of(ModelReference.to(places.model(name)));
    } catch (IllegalArgumentException e) {
      nodes.problem(place, String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }
}
