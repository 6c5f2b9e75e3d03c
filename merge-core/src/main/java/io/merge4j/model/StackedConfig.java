// SPDX-License-Identifier: Apache-2.0
package io.merge4j.model;

import io.merge4j.model.LayerStacks.Stack;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Rewrites a configuration for a stack whose layers were put together anew.
///
/// The number of layers is found by its value and name, in the section that describes the stack.
/// Lists of that section with one entry per layer, such as `layer_types`, are rebuilt from the
/// layers' origins; lists of layer numbers, such as `mlp_only_layers`, are renumbered. Where the
/// kind of attention goes by the layer's number, the layers keep theirs by a list.
///
/// @param stack the stack as it was in the model that gave the configuration
/// @param layers where each new layer comes from
record StackedConfig(Stack stack, List<LayerOrigin> layers) {

  /// Changes `config` in place.
  ///
  /// @throws IllegalArgumentException if no number of layers is found, as then the model would not
  ///   load
  void apply(ObjectNode config) {
    if (config.isEmpty()) {
      return;
    }
    List<String> path = section(config);
    ObjectNode section = descend(config, path);
    List<String> depthKeys = depthKeys(section);
    if (depthKeys.isEmpty()) {
      throw new IllegalArgumentException(
          "Cannot stack layers of \"%s\": config.json has no number of layers that is %d, expected one of %s"
              .formatted(stack.prefix(), stack.length(), ModelFacts.KNOWN.depthKeys()));
    }
    for (String key : List.copyOf(section.propertyNames())) {
      if (section.get(key) instanceof ArrayNode list) {
        if (isPerLayer(key, list)) {
          section.set(key, rebuilt(key, path, list));
        } else if (ModelFacts.KNOWN.layerIndexLists().contains(key)) {
          section.set(key, renumbered(key, path, list));
        }
      }
    }
    keepKinds(section, path);
    depthKeys.forEach(key -> section.put(key, layers.size()));
  }

  /// Lists the layers' kinds of attention, unless they are known by their new numbers or not at
  /// all.
  private void keepKinds(ObjectNode section, List<String> path) {
    List<String> kinds =
        layers.stream()
            .flatMap(origin ->
                KindRule.kind(descend(origin.config().json(), path), origin.layer()).stream())
            .toList();
    boolean listed = section.path(KindRule.LIST).isArray();
    boolean derived =
        IntStream.range(0, kinds.size())
            .allMatch(layer ->
                KindRule.derived(section, layer).filter(kinds.get(layer)::equals).isPresent());
    if (kinds.size() == layers.size() && (listed || !derived)) {
      kinds.forEach(section.putArray(KindRule.LIST)::add);
    }
  }

  /// The key of the nested object that describes the stack, or nothing for the top level.
  private List<String> section(ObjectNode config) {
    String prefix = stack.prefix().toLowerCase(Locale.ROOT);
    List<String> nested = new ArrayList<>();
    for (String key : config.propertyNames()) {
      if (config.get(key) instanceof ObjectNode section && !depthKeys(section).isEmpty()) {
        nested.add(key);
      }
    }
    for (String kind : List.of("vis", "audio", "encoder", "decoder")) {
      for (String key : nested) {
        if (prefix.contains(kind) && key.contains(kind)) {
          return List.of(key);
        }
      }
    }
    if (!depthKeys(config).isEmpty()) {
      return List.of();
    }
    return nested.stream()
        .filter(key -> !key.contains("vis") && !key.contains("audio"))
        .findFirst()
        .map(List::of)
        .orElse(List.of());
  }

  /// The keys of a section that hold this stack's number of layers.
  private List<String> depthKeys(ObjectNode section) {
    List<String> matching =
        ModelFacts.KNOWN.depthKeys().stream()
            .filter(key -> section.path(key).isIntegralNumber())
            .filter(key -> section.path(key).asInt(-1) == stack.length())
            .toList();
    String prefix = stack.prefix();
    String role =
        prefix.contains("encoder") ? "encoder" : prefix.contains("decoder") ? "decoder" : "";
    String other = role.equals("encoder") ? "decoder" : "encoder";
    if (role.isEmpty()) {
      return matching;
    }
    List<String> own = matching.stream().filter(key -> key.contains(role)).toList();
    boolean general = own.isEmpty() || role.equals("encoder");
    return matching.stream()
        .filter(key -> own.contains(key) || (general && !key.contains(other)))
        .toList();
  }

  private boolean isPerLayer(String key, ArrayNode list) {
    return list.size() == stack.length()
        && !ModelFacts.KNOWN.notPerLayer().contains(key)
        && !ModelFacts.KNOWN.layerIndexLists().contains(key);
  }

  private ArrayNode rebuilt(String key, List<String> path, ArrayNode own) {
    ArrayNode list = own.arrayNode();
    for (LayerOrigin origin : layers) {
      JsonNode theirs = descend(origin.config().json(), path).path(key);
      JsonNode source = theirs.isArray() && theirs.size() > origin.layer() ? theirs : own;
      list.add(source.get(Math.min(origin.layer(), source.size() - 1)));
    }
    return list;
  }

  private ArrayNode renumbered(String key, List<String> path, ArrayNode own) {
    ArrayNode list = own.arrayNode();
    for (int layer = 0; layer < layers.size(); layer++) {
      LayerOrigin origin = layers.get(layer);
      JsonNode theirs = descend(origin.config().json(), path).path(key);
      if (theirs.valueStream().anyMatch(entry -> entry.asInt(-1) == origin.layer())) {
        list.add(layer);
      }
    }
    return list;
  }

  private static ObjectNode descend(ObjectNode config, List<String> path) {
    ObjectNode at = config;
    for (String key : path) {
      at = at.get(key) instanceof ObjectNode section ? section : at;
    }
    return at;
  }
}
