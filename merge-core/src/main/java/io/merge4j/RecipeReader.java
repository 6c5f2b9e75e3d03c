// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.merge4j.Recipe.LayerRange;
import io.merge4j.Recipe.Module;
import io.merge4j.Recipe.Slice;
import io.merge4j.Recipe.Source;
import io.merge4j.model.ModelReference;
import io.merge4j.plan.Methods;
import io.merge4j.tensor.DType;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Reads mergekit's YAML. Collects every problem before it gives up.
final class RecipeReader {

  private static final System.Logger LOG = System.getLogger("io.merge4j");

  private static final ImmutableSet<String> RECIPE_KEYS =
      ImmutableSet.of(
          "merge_method",
          "base_model",
          "models",
          "slices",
          "modules",
          "parameters",
          "dtype",
          "out_dtype",
          "tokenizer_source",
          "tokenizer",
          "chat_template",
          "adapter",
          "output_model",
          "name");

  private static final ImmutableSet<String> ADAPTER_KEYS = ImmutableSet.of("rank", "energy");

  private static final ImmutableSet<String> SOURCE_KEYS =
      ImmutableSet.of("model", "layer_range", "parameters", "type");

  private static final ImmutableSet<String> MODEL_KEYS = ImmutableSet.of("model", "lora");

  private static final ImmutableSet<String> PLACE_KEYS = ImmutableSet.of("path", "revision");

  private static final ImmutableSet<String> SLICE_KEYS =
      ImmutableSet.of("sources", "parameters", "base_model");

  private static final ImmutableSet<String> MODULE_KEYS =
      ImmutableSet.of("slices", "models", "parameters");

  private static final ImmutableSet<String> CONDITION_KEYS = ImmutableSet.of("filter", "value");

  private final List<String> problems = new ArrayList<>();
  private final RecipePlaces places;
  private ImmutableSet<String> checkpoints = ImmutableSet.of();

  private RecipeReader(RecipePlaces places) {
    this.places = places;
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
    RecipeReader reader = new RecipeReader(new RecipePlaces(directory));
    Recipe recipe = reader.recipe(root);
    if (!reader.problems.isEmpty()) {
      throw new RecipeException(reader.problems);
    }
    return recipe;
  }

  private Recipe recipe(ObjectNode root) {
    if (root.has("experts")) {
      problem("experts", "a mixture of experts, which is built rather than merged; not supported");
    }
    checkKeys(root, RECIPE_KEYS, "");
    checkpoints = checkpointParameters(root.path("merge_method").asString(""));
    return new Recipe(
        new Recipe.Method(
            text(root, "merge_method", "").orElseGet(() -> missingMethod(root)), Optional.empty()),
        named(root, "base_model", ""),
        modules(root),
        settings(root, ""),
        dtype(root, "dtype"),
        dtype(root, "out_dtype"),
        new TokenizerYaml(this::model, this::problem).read(root),
        adapter(root),
        text(root, "output_model", ""));
  }

  private String missingMethod(ObjectNode root) {
    if (!root.has("merge_method") && !root.has("experts")) {
      problem("merge_method", "missing, expected the name of a method, e.g. slerp");
    }
    return "";
  }

  private ImmutableList<Module> modules(ObjectNode root) {
    long forms = Set.of("models", "slices", "modules").stream().filter(root::hasNonNull).count();
    if (forms != 1) {
      if (!root.has("experts")) {
        problem(
            "models",
            "found %d of models, slices and modules, expected exactly one".formatted(forms));
      }
      return ImmutableList.of();
    }
    if (!root.hasNonNull("modules")) {
      return ImmutableList.of(new Module(Optional.empty(), slices(root, ""), Settings.NONE));
    }
    if (!(root.get("modules") instanceof ObjectNode modules)) {
      problem("modules", "expected a mapping from names to slices or models");
      return ImmutableList.of();
    }
    ImmutableList.Builder<Module> list = ImmutableList.builder();
    for (String name : modules.propertyNames()) {
      String place = "modules." + name;
      mapping(modules.get(name), place)
          .ifPresent(module -> {
            checkKeys(module, MODULE_KEYS, place);
            list.add(
                new Module(
                    name.equals("default") ? Optional.empty() : Optional.of(name),
                    slices(module, place),
                    settings(module, place)));
          });
    }
    return list.build();
  }

  /// The slices of a module, or its models as a single slice over all layers.
  private ImmutableList<Slice> slices(ObjectNode node, String place) {
    if (node.hasNonNull("models")) {
      return ImmutableList.of(new Slice(list(node, "models", place, this::source), Settings.NONE));
    }
    return list(
        node,
        "slices",
        place,
        (slice, at) -> {
          checkKeys(slice, SLICE_KEYS, at);
          if (slice.has("base_model")) {
            problem(
                at + ".base_model",
                "a base of a slice's own, expected base_model at the top level only");
          }
          return Optional.of(
              new Slice(list(slice, "sources", at, this::source), settings(slice, at)));
        });
  }

  private Optional<Source> source(ObjectNode node, String place) {
    checkKeys(node, SOURCE_KEYS, place);
    Optional<LayerRange> layers = layerRange(node, place);
    Settings settings = settings(node, place);
    if (!node.has("model")) {
      problem(place + ".model", "missing, expected a path or org/name");
    }
    return named(node, "model", place).map(model -> new Source(model, layers, settings));
  }

  /// A model by its name, or as the mapping that mergekit takes names apart into: `{model: {path:
  /// org/base, revision: main}, lora: {path: org/adapter}}`.
  private Optional<ModelReference> named(ObjectNode node, String key, String place) {
    String at = join(place, key);
    if (!(node.path(key) instanceof ObjectNode parts)) {
      return text(node, key, place).flatMap(name -> model(name, at));
    }
    checkKeys(parts, MODEL_KEYS, at);
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
    String place = join(at, key);
    if (!(parts.path(key) instanceof ObjectNode named)) {
      Optional<String> name = text(parts, key, at);
      if (name.isEmpty() && !parts.hasNonNull(key)) {
        problem(place, "missing, expected a path or org/name");
      }
      return name;
    }
    checkKeys(named, PLACE_KEYS, place);
    Optional<String> path = text(named, "path", place);
    if (path.isEmpty()) {
      problem(place + ".path", "missing, expected a path or org/name");
    }
    String revision = text(named, "revision", place).map(name -> "@" + name).orElse("");
    return path.map(name -> name + revision);
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
        problem(place + ".layer_range", String.valueOf(e.getMessage()));
        return Optional.empty();
      }
    }
    problem(
        place + ".layer_range", "found %s, expected two whole numbers [from, to]".formatted(range));
    return Optional.empty();
  }

  /// Names of the parameters whose values are paths.
  private static ImmutableSet<String> checkpointParameters(String method) {
    return Optional.ofNullable(Methods.all().get(method)).stream()
        .flatMap(known -> known.signature().checkpoints().stream())
        .flatMap(parameter -> Stream.of(parameter.name(), parameter.plural()))
        .collect(ImmutableSet.toImmutableSet());
  }

  private Optional<ModelReference> model(String name, String place) {
    try {
      return Optional.of(ModelReference.to(places.model(name)));
    } catch (IllegalArgumentException e) {
      problem(place, String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  private Settings settings(ObjectNode node, String place) {
    JsonNode parameters = node.path("parameters");
    if (parameters.isMissingNode() || parameters.isNull()) {
      return Settings.NONE;
    }
    String at = join(place, "parameters");
    ImmutableMap.Builder<String, Setting> settings = ImmutableMap.builder();
    mapping(parameters, at)
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
      mapping(node.get(i), at)
          .ifPresent(condition -> {
            checkKeys(condition, CONDITION_KEYS, at);
            WeightFilter filter =
                text(condition, "filter", at)
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
        problem(
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
      problem(place, String.valueOf(e.getMessage()));
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

  /// The rank of an adapter that is merged from adapters.
  private AdapterRank adapter(ObjectNode root) {
    JsonNode node = root.path("adapter");
    if (node.isMissingNode() || node.isNull()) {
      return AdapterRank.UNSET;
    }
    Optional<ObjectNode> adapter = mapping(node, "adapter");
    if (adapter.isEmpty()) {
      return AdapterRank.UNSET;
    }
    checkKeys(adapter.get(), ADAPTER_KEYS, "adapter");
    JsonNode rank = adapter.get().path("rank");
    JsonNode energy = adapter.get().path("energy");
    if (!(rank.isMissingNode() || rank.isInt())) {
      problem("adapter.rank", "found %s, expected a whole number".formatted(rank));
      return AdapterRank.UNSET;
    }
    if (!(energy.isMissingNode() || energy.isNumber())) {
      problem("adapter.energy", "found %s, expected a number".formatted(energy));
      return AdapterRank.UNSET;
    }
    try {
      return new AdapterRank(
          rank.isInt() ? OptionalInt.of(rank.intValue()) : OptionalInt.empty(),
          energy.isNumber() ? OptionalDouble.of(energy.doubleValue()) : OptionalDouble.empty());
    } catch (IllegalArgumentException e) {
      problem("adapter", String.valueOf(e.getMessage()));
      return AdapterRank.UNSET;
    }
  }

  private Optional<DType> dtype(ObjectNode root, String key) {
    Optional<String> name = text(root, key, "");
    Optional<DType> dtype = name.flatMap(DType::ofTorch).filter(DType::isWritable);
    if (name.isPresent() && dtype.isEmpty()) {
      problem(key, "found \"%s\", expected one of %s".formatted(name.get(), DType.writableNames()));
    }
    return dtype;
  }

  private Optional<String> text(ObjectNode node, String key, String place) {
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

  private Optional<ObjectNode> mapping(JsonNode node, String place) {
    if (node instanceof ObjectNode object) {
      return Optional.of(object);
    }
    problem(place, "found %s, expected a mapping".formatted(node));
    return Optional.empty();
  }

  private <T> ImmutableList<T> list(
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
  private void checkKeys(ObjectNode node, ImmutableSet<String> known, String place) {
    for (String key : node.propertyNames()) {
      if (known.contains(key) || key.equals("experts")) {
        continue;
      }
      Function<String, String> mended = name -> "unknown key; did you mean \"" + name + "\"?";
      Suggestion.nearest(key, known)
          .map(mended)
          .ifPresentOrElse(
              text -> problem(join(place, key), text),
              () ->
                  LOG.log(
                      System.Logger.Level.WARNING,
                      "Ignored key {0}, which means nothing in a recipe",
                      join(place, key)));
    }
  }

  private void problem(String place, String text) {
    problems.add(place + ": " + text);
  }

  private static String join(String place, String key) {
    return place.isEmpty() ? key : place + "." + key;
  }
}
