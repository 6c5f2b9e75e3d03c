// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.merge4j.Recipe.LayerRange;
import io.merge4j.Recipe.Module;
import io.merge4j.Recipe.Slice;
import io.merge4j.Recipe.Source;
import io.merge4j.tensor.DType;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Reads mergekit's YAML. Collects every problem before it gives up.
final class RecipeReader {

  /// Those of a mixture of experts are known so that it can be refused as such.
  private static final ImmutableSet<String> RECIPE_KEYS =
      ImmutableSet.of(
          "merge_method",
          "base_model",
          "models",
          "slices",
          "modules",
          "experts",
          "seed",
          "parameters",
          "dtype",
          "out_dtype",
          "tokenizer_source",
          "tokenizer",
          "chat_template",
          "adapter",
          "output_model",
          "name");

  private static final ImmutableSet<String> SOURCE_KEYS =
      ImmutableSet.of("model", "layer_range", "parameters", "type");

  private static final ImmutableSet<String> SLICE_KEYS =
      ImmutableSet.of("sources", "parameters", "base_model");

  private static final ImmutableSet<String> MODULE_KEYS =
      ImmutableSet.of("slices", "models", "parameters");

  private final RecipeNodes nodes = new RecipeNodes();
  private final ModelYaml models;
  private final SettingsYaml settings;

  private RecipeReader(ObjectNode root, RecipePlaces places) {
    models = new ModelYaml(nodes, places);
    settings = SettingsYaml.of(root.path("merge_method").asString(""), nodes, places);
  }

  static Recipe read(Path file) throws IOException {
    return parse(
        text(file), file.toString(), Optional.ofNullable(file.toAbsolutePath().getParent()));
  }

  private static String text(Path file) throws IOException {
    try {
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (CharacterCodingException _) {
      throw new RecipeException(
          "Cannot read %s: it is not text in UTF-8, save it as that".formatted(file));
    }
  }

  static Recipe parse(String yaml, String place) {
    return parse(yaml, place, Optional.empty());
  }

  private static Recipe parse(String yaml, String place, Optional<Path> directory) {
    if (!(Yaml.parse(yaml, place) instanceof ObjectNode root)) {
      throw new RecipeException(
          "Cannot read %s: expected a mapping with merge_method and models or slices"
              .formatted(place));
    }
    RecipeReader reader = new RecipeReader(root, new RecipePlaces(directory));
    Recipe recipe = reader.recipe(root);
    if (!reader.nodes.problems().isEmpty()) {
      throw new RecipeException(reader.nodes.problems());
    }
    return recipe;
  }

  private Recipe recipe(ObjectNode root) {
    if (root.has("experts")) {
      nodes.problem(
          "experts", "a mixture of experts, which is built rather than merged; not supported");
    }
    nodes.checkKeys(root, RECIPE_KEYS, "");
    return new Recipe(
        new Recipe.Method(
            nodes.text(root, "merge_method", "").orElseGet(() -> missingMethod(root)),
            Optional.empty()),
        models.named(root, "base_model", ""),
        modules(root),
        settings.read(root, ""),
        dtype(root, "dtype"),
        dtype(root, "out_dtype"),
        new TokenizerYaml(nodes, models).read(root),
        new AdapterYaml(nodes).read(root),
        seed(root),
        nodes.text(root, "output_model", ""));
  }

  private OptionalLong seed(ObjectNode root) {
    JsonNode seed = root.path("seed");
    if (seed.isMissingNode() || seed.isNull()) {
      return OptionalLong.empty();
    }
    if (!seed.isIntegralNumber() || !seed.canConvertToLong()) {
      nodes.problem("seed", "found %s, expected a whole number of 64 bits".formatted(seed));
      return OptionalLong.empty();
    }
    return OptionalLong.of(seed.longValue());
  }

  private String missingMethod(ObjectNode root) {
    if (!root.has("merge_method") && !root.has("experts")) {
      nodes.problem("merge_method", "missing, expected the name of a method, e.g. slerp");
    }
    return "";
  }

  private ImmutableList<Module> modules(ObjectNode root) {
    long forms = Set.of("models", "slices", "modules").stream().filter(root::hasNonNull).count();
    if (forms != 1) {
      if (!root.has("experts")) {
        nodes.problem(
            "models",
            "found %d of models, slices and modules, expected exactly one".formatted(forms));
      }
      return ImmutableList.of();
    }
    if (!root.hasNonNull("modules")) {
      return ImmutableList.of(new Module(Optional.empty(), slices(root, ""), Settings.NONE));
    }
    if (!(root.get("modules") instanceof ObjectNode modules)) {
      nodes.problem("modules", "expected a mapping from names to slices or models");
      return ImmutableList.of();
    }
    ImmutableList.Builder<Module> list = ImmutableList.builder();
    for (String name : modules.propertyNames()) {
      String place = "modules." + name;
      nodes
          .mapping(modules.get(name), place)
          .ifPresent(module -> {
            nodes.checkKeys(module, MODULE_KEYS, place);
            list.add(
                new Module(
                    name.equals("default") ? Optional.empty() : Optional.of(name),
                    slices(module, place),
                    settings.read(module, place)));
          });
    }
    return list.build();
  }

  /// The slices of a module, or its models as a single slice over all layers.
  private ImmutableList<Slice> slices(ObjectNode node, String place) {
    if (node.hasNonNull("models")) {
      return ImmutableList.of(
          new Slice(nodes.list(node, "models", place, this::source), Settings.NONE));
    }
    return nodes.list(
        node,
        "slices",
        place,
        (slice, at) -> {
          nodes.checkKeys(slice, SLICE_KEYS, at);
          if (slice.has("base_model")) {
            nodes.problem(
                at + ".base_model",
                "a base of a slice's own, expected base_model at the top level only");
          }
          return Optional.of(
              new Slice(nodes.list(slice, "sources", at, this::source), settings.read(slice, at)));
        });
  }

  private Optional<Source> source(ObjectNode node, String place) {
    nodes.checkKeys(node, SOURCE_KEYS, place);
    Optional<LayerRange> layers = layerRange(node, place);
    Settings set = settings.read(node, place);
    if (!node.has("model")) {
      nodes.problem(place + ".model", "missing, expected a path or org/name");
    }
    return models.named(node, "model", place).map(model -> new Source(model, layers, set));
  }

  private Optional<LayerRange> layerRange(ObjectNode node, String place) {
    JsonNode range = node.path("layer_range");
    if (range.isMissingNode() || range.isNull()) {
      return Optional.empty();
    }
    if (range.size() == 2 && range.path(0).isInt() && range.path(1).isInt()) {
      try {
        return Optional.of(new LayerRange(range.path(0).intValue(), range.path(1).intValue()));
      } catch (IllegalArgumentException e) {
        nodes.problem(place + ".layer_range", String.valueOf(e.getMessage()));
        return Optional.empty();
      }
    }
    nodes.problem(
        place + ".layer_range", "found %s, expected two whole numbers [from, to]".formatted(range));
    return Optional.empty();
  }

  private Optional<DType> dtype(ObjectNode root, String key) {
    Optional<String> name = nodes.text(root, key, "");
    Optional<DType> dtype = name.flatMap(DType::ofTorch).filter(DType::isWritable);
    if (name.isPresent() && dtype.isEmpty()) {
      nodes.problem(
          key, "found \"%s\", expected one of %s".formatted(name.get(), DType.writableNames()));
    }
    return dtype;
  }
}
