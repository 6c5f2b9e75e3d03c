// SPDX-License-Identifier: Apache-2.0
package io.merge4j.vocabulary;

import com.google.common.collect.ImmutableSet;
import java.util.List;
import java.util.Optional;
import java.util.function.IntUnaryOperator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Lets the token ids in configurations, such as `eos_token_id`, follow their tokens into another
/// vocabulary.
///
/// @param moved the new id of each old one; negative if its token is gone
public record TokenIds(IntUnaryOperator moved) {

  private static final ImmutableSet<String> LISTS =
      ImmutableSet.of("suppress_tokens", "begin_suppress_tokens", "bad_words_ids");

  /// Ids of `before` as ids of `after`; ids without a token stay.
  public static TokenIds between(Vocabulary before, Vocabulary after) {
    if (before.isSameAs(after)) {
      return new TokenIds(id -> id);
    }
    int[] moved = new int[before.rows()];
    for (int id = 0; id < moved.length; id++) {
      moved[id] = id;
    }
    before.ids().forEach((token, id) -> moved[id] = after.find(token).orElse(-1));
    return new TokenIds(id -> id >= 0 && id < moved.length ? moved[id] : id);
  }

  /// A configuration with ids that follow.
  ///
  /// @param own the configuration of the model whose vocabulary it is, which knows best; empty if
  ///   that is the same model
  public ObjectNode follow(ObjectNode config, Optional<ObjectNode> own) {
    ObjectNode followed = config.deepCopy();
    change(followed, own.map(JsonNode.class::cast));
    return followed;
  }

  private void change(ObjectNode config, Optional<JsonNode> own) {
    for (String key : List.copyOf(config.propertyNames())) {
      JsonNode value = config.get(key);
      Optional<JsonNode> theirs = own.map(node -> node.path(key)).filter(n -> !n.isMissingNode());
      if (isId(key)) {
        Optional<JsonNode> id = theirs.or(() -> moved(value));
        id.ifPresentOrElse(found -> config.set(key, found), () -> config.remove(key));
      } else if (value instanceof ObjectNode section) {
        change(section, theirs);
      }
    }
  }

  private static boolean isId(String key) {
    return key.endsWith("_token_id")
        || key.endsWith("_token_ids")
        || key.endsWith("_token_index")
        || LISTS.contains(key);
  }

  private Optional<JsonNode> moved(JsonNode value) {
    if (value instanceof ArrayNode list) {
      ArrayNode changed = list.arrayNode();
      list.valueStream().map(this::moved).flatMap(Optional::stream).forEach(changed::add);
      return list.isEmpty() || !changed.isEmpty() ? Optional.of(changed) : Optional.empty();
    }
    if (!value.isInt() || value.intValue() < 0) {
      return Optional.of(value);
    }
    int id = moved.applyAsInt(value.intValue());
    return id < 0 ? Optional.empty() : Optional.of(JsonNodeFactory.instance.numberNode(id));
  }
}
