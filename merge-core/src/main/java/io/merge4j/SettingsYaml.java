// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What recipes say of parameters: values, gradients, and either for weights that a filter chooses.
///
/// @param nodes learns what is wrong
/// @param places where checkpoints may lie
/// @param known names of the method's parameters
/// @param checkpoints names of those whose values are paths
record SettingsYaml(
    RecipeNodes nodes,
    RecipePlaces places,
    ImmutableSet<String> known,
    ImmutableSet<String> checkpoints) {

  private static final ImmutableSet<String> CONDITION_KEYS = ImmutableSet.of("filter", "value");

  /// For a recipe of a method, whose parameters it knows if the method has a name.
  static SettingsYaml of(String method, RecipeNodes nodes, RecipePlaces places) {
    Signature signature =
        Optional.ofNullable(Methods.all().get(method))
            .map(MergeMethod::signature)
            .orElseGet(() -> Signature.of(1));
    return new SettingsYaml(
        nodes, places, names(signature.parameters()), names(signature.checkpoints()));
  }

  private static ImmutableSet<String> names(List<Parameter> parameters) {
    return parameters.stream()
        .flatMap(parameter -> Stream.of(parameter.name(), parameter.plural()))
        .collect(ImmutableSet.toImmutableSet());
  }

  /// The parameters of a part of the recipe.
  Settings read(ObjectNode node, String place) {
    for (String key : node.propertyNames()) {
      if (known.contains(key)) {
        nodes.problem(
            RecipeNodes.join(place, key), "a parameter of the method, expected it in parameters");
      }
    }
    JsonNode parameters = node.path("parameters");
    if (parameters.isMissingNode() || parameters.isNull()) {
      return Settings.NONE;
    }
    String at = RecipeNodes.join(place, "parameters");
    ImmutableMap.Builder<String, Setting> settings = ImmutableMap.builder();
    nodes
        .mapping(parameters, at)
        .ifPresent(map ->
            map.propertyNames()
                .forEach(name ->
                    setting(map.get(name), at + "." + name)
                        .map(setting -> checkpoints.contains(name) ? located(setting) : setting)
                        .ifPresent(setting -> settings.put(name, setting))));
    return new Settings(settings.build());
  }

  private Setting located(Setting setting) {
    return new Setting(
        setting.choices().stream()
            .map(choice -> new Setting.Choice(choice.filter(), located(choice.value())))
            .collect(ImmutableList.toImmutableList()));
  }

  private Gradient located(Gradient paths) {
    return new Gradient(
        paths.anchors().stream()
            .map(anchor -> anchor instanceof String path ? places.located(path) : anchor)
            .collect(ImmutableList.toImmutableList()));
  }

  private Optional<Setting> setting(JsonNode node, String place) {
    if (!node.isArray() || node.valueStream().noneMatch(JsonNode::isObject)) {
      return gradient(node, place).map(Setting::of);
    }
    ImmutableList.Builder<Setting.Choice> choices = ImmutableList.builder();
    for (int i = 0; i < node.size(); i++) {
      String at = place + "[" + i + "]";
      nodes
          .mapping(node.get(i), at)
          .ifPresent(condition -> {
            nodes.checkKeys(condition, CONDITION_KEYS, at);
            WeightFilter filter =
                nodes
                    .text(condition, "filter", at)
                    .map(WeightFilter::containing)
                    .orElse(WeightFilter.all());
            gradient(condition.path("value"), at + ".value")
                .ifPresent(value -> choices.add(new Setting.Choice(filter, value)));
          });
    }
    return Optional.of(new Setting(choices.build()));
  }

  private Optional<Gradient> gradient(JsonNode node, String place) {
    ImmutableList.Builder<Object> anchors = ImmutableList.builder();
    for (JsonNode anchor : node.isArray() ? node : List.of(node)) {
      Optional<Object> value = scalar(anchor);
      if (value.isEmpty()) {
        nodes.problem(
            place,
            "found %s, expected a number, true, false, a text, or a list of those"
                .formatted(node.isMissingNode() ? "nothing" : node));
        return Optional.empty();
      }
      anchors.add(value.get());
    }
    try {
      return Optional.of(new Gradient(anchors.build()));
    } catch (IllegalArgumentException e) {
      nodes.problem(place, String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  /// Numbers that YAML 1.2 takes for texts, such as `.5` and `1e-5` in older spellings, are numbers
  /// here.
  private static Optional<Object> scalar(JsonNode node) {
    if (node.isNumber()) {
      return Optional.of(node.doubleValue());
    }
    if (node.isBoolean()) {
      return Optional.of(node.booleanValue());
    }
    if (!node.isString()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Double.valueOf(node.stringValue()));
    } catch (NumberFormatException e) {
      return Optional.of(node.stringValue());
    }
  }
}
