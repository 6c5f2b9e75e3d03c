// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.merge4j.TokenizerChoice.Rule;
import io.merge4j.model.ModelReference;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What recipes say of the tokenizer: the keys `tokenizer_source`, `tokenizer` and `chat_template`.
///
/// @param model finds a model by name, at a place in the recipe for messages
/// @param problem takes a place in the recipe and what is wrong there
record TokenizerYaml(
    BiFunction<String, String, Optional<ModelReference>> model,
    BiConsumer<String, String> problem) {

  static final ImmutableSet<String> KEYS =
      ImmutableSet.of("source", "tokens", "pad_to_multiple_of", "keep_padding");

  private static final ImmutableSet<String> RULE_KEYS = ImmutableSet.of("source", "force");

  private static final ImmutableSet<String> SOURCE_KEYS =
      ImmutableSet.of("kind", "model", "token", "token_id");

  TokenizerChoice read(ObjectNode root) {
    Optional<String> template = Optional.ofNullable(root.path("chat_template").asString(null));
    JsonNode settings = root.path("tokenizer");
    JsonNode source = root.path("tokenizer_source");
    if (root.hasNonNull("tokenizer") && root.hasNonNull("tokenizer_source")) {
      problem.accept("tokenizer_source", "found beside tokenizer, expected one of the two");
    }
    if (root.hasNonNull("tokenizer") && !settings.isObject()) {
      problem.accept(
          "tokenizer", "found %s, expected a mapping of %s".formatted(settings, names(KEYS)));
    }
    Optional<TokenizerChoice.Source> from =
        root.hasNonNull("tokenizer_source")
            ? source(source, "tokenizer_source")
            : settings.isObject() ? source(settings.path("source"), "tokenizer.source") : none();
    checkKeys(settings, KEYS, "tokenizer");
    return new TokenizerChoice(
        from, tokens(settings), multiple(settings), flag(settings, "keep_padding"), template);
  }

  private static Optional<TokenizerChoice.Source> none() {
    return Optional.empty();
  }

  private Optional<TokenizerChoice.Source> source(JsonNode node, String place) {
    if (node.isMissingNode() || node.isNull()) {
      return Optional.of(new TokenizerChoice.Union());
    }
    return switch (node.asString("")) {
      case "base" -> Optional.of(new TokenizerChoice.Base());
      case "union" -> Optional.of(new TokenizerChoice.Union());
      default -> named(node, place).map(TokenizerChoice.OfModel::new);
    };
  }

  private Optional<ModelReference> named(JsonNode node, String place) {
    JsonNode path = node.path("model").path("path");
    JsonNode name =
        path.isString() ? path : node.path("model").isString() ? node.get("model") : node;
    if (!name.isString() || name.asString().isBlank()) {
      problem.accept(place, "found %s, expected the name of a model".formatted(text(node)));
      return Optional.empty();
    }
    return model.apply(name.asString(), place);
  }

  private int multiple(JsonNode settings) {
    JsonNode node = settings.path("pad_to_multiple_of");
    if (node.isMissingNode() || node.isNull()) {
      return 1;
    }
    if (!node.isInt() || node.intValue() < 1) {
      problem.accept(
          "tokenizer.pad_to_multiple_of",
          "found %s, expected a whole number of 1 or more".formatted(text(node)));
      return 1;
    }
    return node.intValue();
  }

  private boolean flag(JsonNode settings, String key) {
    JsonNode node = settings.path(key);
    if (!node.isMissingNode() && !node.isNull() && !node.isBoolean()) {
      problem.accept("tokenizer." + key, "found %s, expected true or false".formatted(text(node)));
    }
    return node.asBoolean(false);
  }

  private ImmutableMap<String, Rule> tokens(JsonNode settings) {
    ImmutableMap.Builder<String, Rule> rules = ImmutableMap.builder();
    JsonNode tokens = settings.path("tokens");
    if (settings.hasNonNull("tokens") && !tokens.isObject()) {
      problem.accept(
          "tokenizer.tokens",
          "found %s, expected a mapping from tokens to rules".formatted(text(tokens)));
    }
    for (Map.Entry<String, JsonNode> entry : tokens.properties()) {
      String place = "tokenizer.tokens." + entry.getKey();
      JsonNode rule = entry.getValue();
      checkKeys(rule, RULE_KEYS, place);
      JsonNode force = rule.path("force");
      if (!force.isMissingNode() && !force.isBoolean()) {
        problem.accept(place + ".force", "found %s, expected true or false".formatted(text(force)));
      }
      row(rule.path("source"), place + ".source")
          .ifPresent(row -> rules.put(entry.getKey(), new Rule(row, force.asBoolean(false))));
    }
    return rules.buildOrThrow();
  }

  private Optional<TokenSource> row(JsonNode node, String place) {
    String kind = node.isString() ? node.asString() : node.path("kind").asString("");
    if (kind.equals("zero")) {
      return Optional.of(TokenSource.zero());
    }
    if (!kind.equals("model_token")) {
      return named(node, place).map(TokenSource.OfModel::new);
    }
    checkKeys(node, SOURCE_KEYS, place);
    Optional<ModelReference> from = named(node.path("model"), place + ".model");
    JsonNode id = node.path("token_id");
    boolean byToken = node.hasNonNull("token");
    if (byToken == node.hasNonNull("token_id")
        || (!byToken && (!id.isInt() || id.intValue() < 0))) {
      problem.accept(
          place, "found %s, expected token, or token_id from 0 on".formatted(text(node)));
      return Optional.empty();
    }
    return from.map(found ->
        byToken
            ? new TokenSource.OfToken(found, node.path("token").asString())
            : new TokenSource.OfRow(found, id.intValue()));
  }

  private void checkKeys(JsonNode node, ImmutableSet<String> known, String place) {
    for (String key : node.propertyNames()) {
      if (!known.contains(key)) {
        problem.accept(
            place + "." + key,
            "unknown key%s Known keys: %s"
                .formatted(
                    Suggestion.nearest(key, known)
                        .map(name -> "; did you mean \"" + name + "\"?")
                        .orElse("."),
                    names(known)));
      }
    }
  }

  private static String names(ImmutableSet<String> keys) {
    return String.join(", ", keys);
  }

  private static String text(JsonNode node) {
    return node.isMissingNode() ? "nothing" : node.toString();
  }

  /// Writes the keys that say the same.
  static void put(TokenizerChoice choice, ObjectNode root) {
    choice
        .source()
        .ifPresent(source -> {
          boolean plain =
              choice.tokens().isEmpty() && choice.padToMultipleOf() == 1 && !choice.keepPadding();
          if (plain) {
            root.put("tokenizer_source", name(source));
          } else {
            putSettings(choice, name(source), root.putObject("tokenizer"));
          }
        });
    choice.chatTemplate().ifPresent(template -> root.put("chat_template", template));
  }

  private static void putSettings(TokenizerChoice choice, String source, ObjectNode node) {
    node.put("source", source);
    if (choice.padToMultipleOf() > 1) {
      node.put("pad_to_multiple_of", choice.padToMultipleOf());
    }
    if (choice.keepPadding()) {
      node.put("keep_padding", true);
    }
    if (!choice.tokens().isEmpty()) {
      ObjectNode tokens = node.putObject("tokens");
      choice
          .tokens()
          .forEach((token, rule) -> {
            ObjectNode entry = tokens.putObject(token);
            putRow(rule.source(), entry);
            if (rule.force()) {
              entry.put("force", true);
            }
          });
    }
  }

  private static void putRow(TokenSource source, ObjectNode entry) {
    switch (source) {
      case TokenSource.Zero zero -> entry.putObject("source").put("kind", "zero");
      case TokenSource.OfModel row -> entry.put("source", row.model().name());
      case TokenSource.OfToken row -> modelToken(entry, row.model()).put("token", row.token());
      case TokenSource.OfRow row -> modelToken(entry, row.model()).put("token_id", row.row());
    }
  }

  private static ObjectNode modelToken(ObjectNode entry, ModelReference model) {
    return entry.putObject("source").put("kind", "model_token").put("model", model.name());
  }

  private static String name(TokenizerChoice.Source source) {
    return switch (source) {
      case TokenizerChoice.Base base -> "base";
      case TokenizerChoice.Union union -> "union";
      case TokenizerChoice.OfModel of -> of.model().name();
    };
  }
}
