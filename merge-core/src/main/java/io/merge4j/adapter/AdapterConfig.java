// SPDX-License-Identifier: Apache-2.0
package io.merge4j.adapter;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.re2j.PatternSyntaxException;
import io.merge4j.tensor.SmallFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What `adapter_config.json` says on how an adapter changes its base.
///
/// *Source:* PEFT 0.21 `LoraConfig`; absent keys have its defaults.
///
/// @param base name or path of the model that it was trained on
/// @param task what kind of model it was trained for, e.g. `CAUSAL_LM`
/// @param rank rank of modules that no pattern names
/// @param alpha alpha of modules that no pattern names
/// @param rankStabilized whether the scale is alpha / sqrt(rank), else alpha / rank
/// @param dora whether magnitudes are apart
/// @param fanInFanOut whether weights are stored in x out
/// @param saved ends of the names of modules that are saved in full
/// @param tokens ids of the rows that are trained alone, by module; under "" those of any
public record AdapterConfig(
    Optional<String> base,
    Optional<String> task,
    int rank,
    double alpha,
    boolean rankStabilized,
    boolean dora,
    boolean fanInFanOut,
    ImmutableList<Special> ranks,
    ImmutableList<Special> alphas,
    ImmutableList<String> saved,
    ImmutableMap<String, ImmutableList<Long>> tokens) {

  public static final String FILE = "adapter_config.json";

  /// A number for the modules that a pattern matches.
  record Special(ModulePattern modules, double value) {}

  /// Initial weights that leave the base as it is.
  private static final List<String> HARMLESS_INITS =
      List.of("true", "false", "gaussian", "eva", "orthogonal", "mica");

  /// @throws IOException if it can't be read, or describes an adapter that can't be merged into its
  ///   original base; the message says why
  static AdapterConfig read(Path directory) throws IOException {
    Path file = directory.resolve(FILE);
    if (!Files.exists(file)) {
      throw new IOException("%s has no %s, expected a PEFT adapter".formatted(directory, FILE));
    }
    try {
      JsonNode json = JsonMapper.shared().readTree(SmallFile.text(file));
      Optional<String> obstacle = obstacle(json);
      if (obstacle.isPresent()) {
        throw new IOException(obstacle.get());
      }
      return new AdapterConfig(
          text(json, "base_model_name_or_path"),
          text(json, "task_type"),
          (int) number(json, "r"),
          number(json, "lora_alpha"),
          json.path("use_rslora").asBoolean(false),
          json.path("use_dora").asBoolean(false),
          json.path("fan_in_fan_out").asBoolean(false),
          specials(json.path("rank_pattern")),
          specials(json.path("alpha_pattern")),
          texts(json.path("modules_to_save")),
          tokens(json.path("trainable_token_indices")));
    } catch (JacksonException e) {
      throw new IOException("%s is not as expected: %s".formatted(file, e.getOriginalMessage()), e);
    } catch (PatternSyntaxException e) {
      throw new IOException(
          "%s has a malformed pattern, or one with look-around, back references or too many repeats: %s; simplify it in the adapter's configuration"
              .formatted(file, e.getMessage()),
          e);
    }
  }

  /// Why such an adapter can't be merged into its base, if so.
  private static Optional<String> obstacle(JsonNode json) {
    String type = json.path("peft_type").asString("LORA");
    String init = json.path("init_lora_weights").asString("true");
    boolean harmless =
        HARMLESS_INITS.stream().anyMatch(init::equalsIgnoreCase)
            || json.path("init_lora_weights").isNull();
    Stream<Optional<String>> obstacles =
        Stream.of(
            when(!type.equals("LORA"), "it is of type " + type + ", expected LORA"),
            when(
                !harmless,
                "it was trained against a base changed by init_lora_weights = "
                    + init
                    + "; convert it with PEFT's path_initial_model_for_weight_conversion"),
            when(isSet(json, "arrow_config"), "arrow_config chooses among adapters at run time"),
            when(
                isSet(json, "alora_invocation_tokens"),
                "alora_invocation_tokens makes it apply to some tokens only"),
            when(isSet(json, "use_qalora"), "use_qalora needs its quantised base"),
            when(isSet(json, "use_bdlora"), "use_bdlora computes its update in another way"),
            when(isSet(json, "kasa_config"), "kasa_config computes its update in another way"),
            when(isSet(json, "layer_replication"), "layer_replication repeats layers of the base"),
            when(isSet(json, "target_parameters"), "target_parameters changes fused experts"));
    return obstacles.flatMap(Optional::stream).findFirst();
  }

  private static Optional<String> when(boolean found, String text) {
    return found ? Optional.of(text) : Optional.empty();
  }

  private static boolean isSet(JsonNode json, String key) {
    JsonNode value = json.path(key);
    return !(value.isMissingNode()
        || value.isNull()
        || (value.isBoolean() && !value.booleanValue())
        || (value.isContainer() && value.isEmpty()));
  }

  private static Optional<String> text(JsonNode json, String key) {
    return Optional.of(json.path(key).asString("")).filter(text -> !text.isBlank());
  }

  /// A number that the scale depends on; 8 if it is absent.
  private static double number(JsonNode json, String key) throws IOException {
    JsonNode value = json.path(key);
    if (value.isMissingNode()) {
      return 8;
    }
    if (!value.isNumber()) {
      throw new IOException("%s has %s = %s, expected a number".formatted(FILE, key, value));
    }
    return value.asDouble();
  }

  /// Factor of the product of a module's matrices.
  double scale(String module) {
    double r = rank(module);
    return alpha(module) / (rankStabilized ? StrictMath.sqrt(r) : r);
  }

  int rank(String module) {
    return (int) first(ranks, module).orElse((double) rank).doubleValue();
  }

  private double alpha(String module) {
    return first(alphas, module).orElse(alpha);
  }

  /// The first pattern wins that matches the module.
  private static Optional<Double> first(ImmutableList<Special> specials, String module) {
    return specials.stream()
        .filter(special -> special.modules().matches(module))
        .findFirst()
        .map(Special::value);
  }

  /// The ids of the rows that are trained alone in a module.
  Optional<ImmutableList<Long>> tokens(String module) {
    return tokens.entrySet().stream()
        .filter(entry ->
            entry.getKey().isEmpty()
                || module.equals(entry.getKey())
                || module.endsWith("." + entry.getKey()))
        .findFirst()
        .map(Map.Entry::getValue);
  }

  /// Whether it saves a module, or one that holds it, in full.
  boolean saves(String module) {
    for (int end = module.length(); end > 0; end = module.lastIndexOf('.', end - 1)) {
      if (saved.stream().anyMatch(module.substring(0, end)::endsWith)) {
        return true;
      }
    }
    return false;
  }

  private static ImmutableList<String> texts(JsonNode list) {
    return list.valueStream()
        .filter(JsonNode::isString)
        .map(JsonNode::stringValue)
        .collect(ImmutableList.toImmutableList());
  }

  private static ImmutableList<Special> specials(JsonNode patterns) {
    ImmutableList.Builder<Special> specials = ImmutableList.builder();
    patterns
        .propertyStream()
        .forEach(entry ->
            specials.add(
                new Special(ModulePattern.of(entry.getKey()), entry.getValue().asDouble())));
    return specials.build();
  }

  private static ImmutableMap<String, ImmutableList<Long>> tokens(JsonNode indices) {
    if (indices.isArray()) {
      return ImmutableMap.of("", ids(indices));
    }
    ImmutableMap.Builder<String, ImmutableList<Long>> tokens = ImmutableMap.builder();
    indices.propertyStream().forEach(entry -> tokens.put(entry.getKey(), ids(entry.getValue())));
    return tokens.buildOrThrow();
  }

  private static ImmutableList<Long> ids(JsonNode list) {
    return list.valueStream().map(JsonNode::asLong).collect(ImmutableList.toImmutableList());
  }
}
