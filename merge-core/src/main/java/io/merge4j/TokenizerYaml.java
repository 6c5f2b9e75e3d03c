// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.merge4j.TokenizerChoice.Rule;
import io.merge4j.model.ModelReference;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// What recipes say of the tokenizer: the keys `tokenizer_source`, `tokenizer` and `chat_template`.
///
/// @param nodes learns what is wrong
/// @param models how models are named
record TokenizerYaml(RecipeNodes nodes, ModelYaml models) {

  private static final ImmutableSet<String> KEYS =
      ImmutableSet.of("source", "tokens", "pad_to_multiple_of", "keep_padding");

  private static final ImmutableSet<String> RULE_KEYS = ImmutableSet.of("source", "force");

  private static final ImmutableSet<String> SOURCE_KEYS =
      ImmutableSet.of("kind", "model", "token", "token_id");

  TokenizerChoice read(ObjectNode root) {
    if (root.hasNonNull("tokenizer") && root.hasNonNull("tokenizer_source")) {
      nodes.problem("tokenizer_source", "found beside tokenizer, expected one of the two");
    }
    Optional<ObjectNode> tokenizer =
        root.hasNonNull("tokenizer")
            ? nodes.mapping(root.get("tokenizer"), "tokenizer")
            : Optional.empty();
    Optional<TokenizerChoice.Source> source =
        root.hasNonNull("tokenizer_source")
            ? source(root, "tokenizer_source", "")
            : tokenizer.flatMap(settings -> source(settings, "source", "tokenizer"));
    ObjectNode settings = tokenizer.orElseGet(JsonNodeFactory.instance::objectNode);
    nodes.checkKeys(settings, KEYS, "tokenizer");
    return new TokenizerChoice(
        source,
        tokens(settings),
        multiple(settings),
        flag(settings, "keep_padding", "tokenizer"),
        nodes.text(root, "chat_template", ""));
  }

  private Optional<TokenizerChoice.Source> source(ObjectNode node, String key, String place) {
    if (!node.hasNonNull(key)) {
      return Optional.of(new TokenizerChoice.Union());
    }
    return switch (node.get(key).asString("")) {
      case "base" -> Optional.of(new TokenizerChoice.Base());
      case "union" -> Optional.of(new TokenizerChoice.Union());
      default -> named(node, key, place).map(TokenizerChoice.OfModel::new);
    };
  }

  private Optional<ModelReference> named(ObjectNode node, String key, String place) {
    JsonNode name = node.path(key);
    if (!name.isString() && !name.isObject()) {
      nodes.problem(
          RecipeNodes.join(place, key),
          "found %s, expected the name of a model"
              .formatted(name.isMissingNode() ? "nothing" : name));
      return Optional.empty();
    }
    return models.named(node, key, place);
  }

  private int multiple(ObjectNode settings) {
    JsonNode node = settings.path("pad_to_multiple_of");
    if (node.isMissingNode() || node.isNull()) {
      return 1;
    }
    if (!node.isInt() || node.intValue() < 1) {
      nodes.problem(
          "tokenizer.pad_to_multiple_of",
          "found %s, expected a whole number of 1 or more".formatted(node));
      return 1;
    }
    return node.intValue();
  }

  private boolean flag(ObjectNode node, String key, String place) {
    JsonNode flag = node.path(key);
    if (node.hasNonNull(key) && !flag.isBoolean()) {
      nodes.problem(
          RecipeNodes.join(place, key), "found %s, expected true or false".formatted(flag));
    }
    return flag.asBoolean(false);
  }

  private ImmutableMap<String, Rule> tokens(ObjectNode settings) {
    ImmutableMap.Builder<String, Rule> rules = ImmutableMap.builder();
    if (settings.hasNonNull("tokens")) {
      String place = "tokenizer.tokens";
      nodes
          .mapping(settings.get("tokens"), place)
          .ifPresent(tokens -> {
            for (String token : tokens.propertyNames()) {
              rule(tokens.get(token), place + "." + token)
                  .ifPresent(rule -> rules.put(token, rule));
            }
          });
    }
    return rules.buildOrThrow();
  }

  private Optional<Rule> rule(JsonNode node, String place) {
    return nodes
        .mapping(node, place)
        .flatMap(rule -> {
          nodes.checkKeys(rule, RULE_KEYS, place);
          boolean force = flag(rule, "force", place);
          return row(rule, place).map(source -> new Rule(source, force));
        });
  }

  private Optional<TokenSource> row(ObjectNode rule, String place) {
    JsonNode node = rule.path("source");
    String kind = node.isString() ? node.asString() : node.path("kind").asString("");
    if (kind.equals("zero")) {
      return Optional.of(TokenSource.zero());
    }
    return kind.equals("model_token") && node instanceof ObjectNode source
        ? modelToken(source, place + ".source")
        : named(rule, "source", place).map(TokenSource.OfModel::new);
  }

  private Optional<TokenSource> modelToken(ObjectNode source, String place) {
    nodes.checkKeys(source, SOURCE_KEYS, place);
    Optional<ModelReference> model = named(source, "model", place);
    JsonNode id = source.path("token_id");
    boolean byToken = source.hasNonNull("token");
    if (byToken == source.hasNonNull("token_id")
        || (!byToken && (!id.isInt() || id.intValue() < 0))) {
      nodes.problem(place, "found %s, expected token, or token_id from 0 on".formatted(source));
      return Optional.empty();
    }
    return model.map(found ->
        byToken
            ? new TokenSource.OfToken(found, source.path("token").asString())
            : new TokenSource.OfRow(found, id.intValue()));
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
