// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import com.google.common.collect.ImmutableList;
import io.merge4j.Recipe.Module;
import io.merge4j.Recipe.Slice;
import io.merge4j.Recipe.Source;
import io.merge4j.tensor.DType;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Prints a recipe as mergekit's YAML.
final class RecipePrinter {

  private static final JsonNodeFactory JSON = JsonMapper.shared().getNodeFactory();

  private RecipePrinter() {}

  static String print(Recipe recipe) {
    ObjectNode root = JSON.objectNode();
    root.put("merge_method", recipe.method().name());
    recipe.base().ifPresent(base -> root.put("base_model", base.name()));
    if (recipe.modules().size() == 1
        && recipe.modules().getFirst().name().isEmpty()
        && recipe.modules().getFirst().parameters().isEmpty()) {
      putSlices(root, recipe.modules().getFirst().slices());
    } else {
      ObjectNode modules = root.putObject("modules");
      for (Module module : recipe.modules()) {
        ObjectNode node = modules.putObject(module.name().orElse("default"));
        putSlices(node, module.slices());
        putSettings(node, module.parameters());
      }
    }
    putSettings(root, recipe.parameters());
    putDType(root, "dtype", recipe.dtype());
    putDType(root, "out_dtype", recipe.outDtype());
    TokenizerYaml.put(recipe.tokenizer(), root);
    putRank(root, recipe.adapter());
    recipe.seed().ifPresent(seed -> root.put("seed", seed));
    recipe.output().ifPresent(output -> root.put("output_model", output));
    return Yaml.print(root);
  }

  private static void putRank(ObjectNode root, AdapterRank rank) {
    if (!rank.isUnset()) {
      ObjectNode adapter = root.putObject("adapter");
      rank.most().ifPresent(most -> adapter.put("rank", most));
      rank.energy().ifPresent(share -> adapter.put("energy", share));
    }
  }

  private static void putDType(ObjectNode root, String key, Optional<DType> dtype) {
    dtype.ifPresent(type -> root.put(key, type.torchName()));
  }

  private static void putSlices(ObjectNode node, ImmutableList<Slice> slices) {
    boolean whole =
        slices.size() == 1
            && slices.getFirst().parameters().isEmpty()
            && slices.getFirst().sources().stream().allMatch(source -> source.layers().isEmpty());
    if (whole) {
      putSources(node.putArray("models"), slices.getFirst().sources());
      return;
    }
    ArrayNode list = node.putArray("slices");
    for (Slice slice : slices) {
      ObjectNode entry = list.addObject();
      putSources(entry.putArray("sources"), slice.sources());
      putSettings(entry, slice.parameters());
    }
  }

  private static void putSources(ArrayNode list, ImmutableList<Source> sources) {
    for (Source source : sources) {
      ObjectNode entry = list.addObject();
      entry.put("model", source.model().name());
      source
          .layers()
          .ifPresent(range -> entry.putArray("layer_range").add(range.from()).add(range.to()));
      putSettings(entry, source.parameters());
    }
  }

  private static void putSettings(ObjectNode node, Settings settings) {
    if (!settings.isEmpty()) {
      ObjectNode map = node.putObject("parameters");
      settings.byName().forEach((name, setting) -> map.set(name, node(setting)));
    }
  }

  private static JsonNode node(Setting setting) {
    ImmutableList<Setting.Choice> choices = setting.choices();
    if (choices.size() == 1 && choices.getFirst().isForAll()) {
      return node(choices.getFirst().value());
    }
    ArrayNode list = JSON.arrayNode();
    for (Setting.Choice choice : choices) {
      ObjectNode entry = list.addObject();
      if (!choice.isForAll()) {
        entry.put("filter", choice.weights());
      }
      entry.set("value", node(choice.value()));
    }
    return list;
  }

  private static JsonNode node(Gradient gradient) {
    ArrayNode list = JSON.arrayNode();
    for (Object anchor : gradient.anchors()) {
      list.add(node(anchor));
    }
    return list.size() == 1 ? list.get(0) : list;
  }

  private static JsonNode node(Object anchor) {
    if (anchor instanceof Boolean flag) {
      return JSON.booleanNode(flag);
    }
    if (anchor instanceof Double number) {
      boolean whole = number == Math.rint(number) && Math.abs(number) < 1e15;
      return whole ? JSON.numberNode(number.longValue()) : JSON.numberNode(number);
    }
    return JSON.stringNode(anchor.toString());
  }
}
