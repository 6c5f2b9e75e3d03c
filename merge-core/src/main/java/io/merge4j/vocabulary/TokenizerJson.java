// SPDX-License-Identifier: Apache-2.0
package io.merge4j.vocabulary;

import io.merge4j.tensor.SmallFile;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;

/// What a `tokenizer.json` says of tokens, read in one pass without its merges.
///
/// @param vocabulary the tokens proper with the ids of the file
/// @param added the added tokens in the order of the file, whose ids nobody obeys
record TokenizerJson(Scheme scheme, Map<String, Integer> vocabulary, List<AddedToken> added) {

  /// Some sixty times as many as the largest vocabularies have; stops a damaged file from asking
  /// for rows without end.
  private static final int MOST_TOKENS = 1 << 24;

  /// Every token is a name that comes once; a table of names would only grow.
  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
                  .disable(TokenStreamFactory.Feature.INTERN_PROPERTY_NAMES)
                  .build())
          .build();

  static TokenizerJson read(Path file) throws IOException {
    try (JsonParser json = parser(file)) {
      return new Pass(json).run();
    }
  }

  /// A parser at the beginning of a file.
  static JsonParser parser(Path file) throws IOException {
    return JSON.createParser(new BufferedInputStream(SmallFile.open(file)));
  }

  /// Checks the id that a file gives to a token.
  ///
  /// @throws IllegalArgumentException if it can be none
  static int id(int id, String token, String file) {
    if (id < 0 || id >= MOST_TOKENS) {
      throw new IllegalArgumentException(
          "token \"%s\" has id %d in %s, expected 0 to %d"
              .formatted(token, id, file, MOST_TOKENS - 1));
    }
    return id;
  }

  private static final class Pass {
    private final JsonParser json;
    private final Map<String, Integer> vocabulary = new LinkedHashMap<>();
    private final Map<String, JsonNode> parts = new LinkedHashMap<>();
    private final List<AddedToken> added = new ArrayList<>();
    private boolean merges;
    private boolean scores;

    Pass(JsonParser json) {
      this.json = json;
    }

    TokenizerJson run() {
      expect(json.nextToken(), JsonToken.START_OBJECT);
      while (json.nextToken() == JsonToken.PROPERTY_NAME) {
        String key = json.currentName();
        JsonToken value = json.nextToken();
        switch (key) {
          case "model" -> readModel();
          case "added_tokens" -> {
            if (value == JsonToken.START_ARRAY) {
              JsonNode list = json.readValueAsTree();
              list.valueStream()
                  .map(token -> AddedToken.of(token.path("content").asString(""), token))
                  .forEach(added::add);
            }
          }
          case "normalizer", "pre_tokenizer", "decoder" -> parts.put(key, json.readValueAsTree());
          default -> json.skipChildren();
        }
      }
      Scheme scheme =
          Scheme.of(
              kind(),
              text("continuing_subword_prefix"),
              text("end_of_word_suffix"),
              part("normalizer"),
              part("pre_tokenizer"),
              part("decoder"));
      return new TokenizerJson(scheme, vocabulary, added);
    }

    private void readModel() {
      expect(json.currentToken(), JsonToken.START_OBJECT);
      while (json.nextToken() == JsonToken.PROPERTY_NAME) {
        String key = json.currentName();
        JsonToken value = json.nextToken();
        if (key.equals("vocab") && value == JsonToken.START_OBJECT) {
          while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            String token = json.currentName();
            json.nextToken();
            vocabulary.put(token, id(json.getIntValue(), token, Tokenizer.FILE));
          }
        } else if (key.equals("vocab") && value == JsonToken.START_ARRAY) {
          scores = true;
          while (json.nextToken() == JsonToken.START_ARRAY) {
            json.nextToken();
            vocabulary.put(json.getString(), vocabulary.size());
            json.nextToken();
            expect(json.nextToken(), JsonToken.END_ARRAY);
          }
        } else if (value == JsonToken.START_ARRAY || value == JsonToken.START_OBJECT) {
          merges |= key.equals("merges");
          json.skipChildren();
        } else {
          parts.put("model." + key, json.readValueAsTree());
        }
      }
    }

    /// The kind of model, which old files do not name.
    private String kind() {
      String type = text("type");
      return !type.isEmpty()
          ? type
          : scores
              ? "Unigram"
              : merges
                  ? "BPE"
                  : text("continuing_subword_prefix").isEmpty() ? "WordLevel" : "WordPiece";
    }

    private String text(String key) {
      return part("model." + key).asString("");
    }

    private JsonNode part(String key) {
      return parts.getOrDefault(key, MissingNode.getInstance());
    }

    private static void expect(JsonToken found, JsonToken expected) {
      if (found != expected) {
        throw new IllegalArgumentException(
            "%s has %s where %s was expected".formatted(Tokenizer.FILE, found, expected));
      }
    }
  }
}
