// SPDX-License-Identifier: Apache-2.0
package io.merge4j.vocabulary;

import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Gives the post-processor and the padding of a `tokenizer.json` the ids of their tokens.
record TemplateIds(Vocabulary vocabulary) {

  JsonNode follow(JsonNode part) {
    if (part instanceof ObjectNode node) {
      node.path("processors").valueStream().forEach(this::follow);
      for (Map.Entry<String, JsonNode> entry : node.path("special_tokens").properties()) {
        if (entry.getValue() instanceof ObjectNode special) {
          followSpecial(special);
        }
      }
      followPair(node, "sep");
      followPair(node, "cls");
      vocabulary.find(node.path("pad_token").asString("")).ifPresent(id -> node.put("pad_id", id));
    }
    return part;
  }

  /// `{"id": "<s>", "ids": [1], "tokens": ["<s>"]}`.
  private void followSpecial(ObjectNode special) {
    JsonNode tokens = special.path("tokens");
    boolean known =
        tokens.isArray()
            && tokens.valueStream().allMatch(token -> vocabulary.contains(token.asString("")));
    if (known) {
      ArrayNode ids = special.putArray("ids");
      tokens
          .valueStream()
          .forEach(token -> ids.add(vocabulary.find(token.asString()).orElseThrow()));
    }
  }

  /// `["[SEP]", 102]`.
  private void followPair(ObjectNode node, String key) {
    if (node.get(key) instanceof ArrayNode pair && pair.size() == 2) {
      vocabulary.find(pair.get(0).asString("")).ifPresent(id -> pair.set(1, pair.numberNode(id)));
    }
  }
}
