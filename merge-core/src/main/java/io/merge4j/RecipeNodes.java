// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Takes texts, mappings and lists from a recipe's nodes, and keeps in mind what is wrong with them
/// and where.
final class RecipeNodes {

  private static final System.Logger LOG = System.getLogger("io.merge4j");

  private final List<String> problems = new ArrayList<>();

  /// Everything that was wrong so far.
  ImmutableList<String> problems() {
    return ImmutableList.copyOf(problems);
  }

  /// The text or number at a key, if there is any.
  Optional<String> text(ObjectNode node, String key, String place) {
    JsonNode value = node.path(key);
    if (value.isMissingNode() || value.isNull()) {
      return Optional.empty();
    }
    if (value.isString() || value.isNumber()) {
      return Optional.of(value.asString());
    }
    problem(join(place, key), "found %s, expected a text".formatted(value));
    return Optional.empty();
  }

  Optional<ObjectNode> mapping(JsonNode node, String place) {
    if (node instanceof ObjectNode object) {
      return Optional.of(object);
    }
    problem(place, "found %s, expected a mapping".formatted(node));
    return Optional.empty();
  }

  /// What the mappings of a list say, of which there must be one at least.
  ///
  /// @param reader takes an entry and its place
  <T> ImmutableList<T> list(
      ObjectNode node,
      String key,
      String place,
      BiFunction<ObjectNode, String, Optional<T>> reader) {
    JsonNode list = node.path(key);
    String at = join(place, key);
    if (!list.isArray() || list.isEmpty()) {
      problem(
          at,
          "found %s, expected a list with at least one entry"
              .formatted(list.isMissingNode() ? "nothing" : list));
      return ImmutableList.of();
    }
    ImmutableList.Builder<T> entries = ImmutableList.builder();
    for (int i = 0; i < list.size(); i++) {
      String entry = at + "[" + i + "]";
      mapping(list.get(i), entry)
          .flatMap(object -> reader.apply(object, entry))
          .ifPresent(entries::add);
    }
    return entries.build();
  }

  /// A key near to a known one is a slip of the pen; others are ignored, as mergekit does, but not
  /// silently.
  void checkKeys(ObjectNode node, ImmutableSet<String> known, String place) {
    for (String key : node.propertyNames()) {
      if (known.contains(key)) {
        continue;
      }
      String hint = Suggestion.didYouMean(key, known);
      if (!hint.isEmpty()) {
        problem(join(place, key), "unknown key" + hint);
        continue;
      }
      LOG.log(
          System.Logger.Level.WARNING,
          "Ignored key {0}, which means nothing in a recipe",
          join(place, key));
    }
  }

  void problem(String place, String text) {
    problems.add(place + ": " + text);
  }

  static String join(String place, String key) {
    return place.isEmpty() ? key : place + "." + key;
  }
}
