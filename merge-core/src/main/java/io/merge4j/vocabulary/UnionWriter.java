// SPDX-License-Identifier: Apache-2.0
package io.merge4j.vocabulary;

import com.google.common.collect.ImmutableSet;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Writes the `tokenizer.json` of a union: the base's, token by token, with what is new.
///
/// The file is streamed, so that vocabularies of any size take no room. New learned tokens stand in
/// the vocabulary proper. As its entries are numbered before all other added tokens, the base's
/// added tokens join it, too, in front of them; so they keep their ids. They also join one whose
/// gaps are closed, as they may have lain in these.
final class UnionWriter {

  private final TokenizerUnion union;
  private final JsonParser json;
  private final JsonGenerator out;

  private UnionWriter(TokenizerUnion union, JsonParser json, JsonGenerator out) {
    this.union = union;
    this.json = json;
    this.out = out;
  }

  static void write(TokenizerUnion union, OutputStream output) throws IOException {
    Path file = union.base().directory().resolve(Tokenizer.FILE);
    try (JsonParser json = TokenizerJson.parser(file);
        JsonGenerator out = JsonMapper.shared().createGenerator(output)) {
      new UnionWriter(union, json, out).run();
    }
  }

  private void run() throws IOException {
    json.nextToken();
    out.writeStartObject();
    boolean added = false;
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      String key = json.currentName();
      json.nextToken();
      out.writeName(key);
      switch (key) {
        case "added_tokens" -> {
          writeAdded();
          json.skipChildren();
          added = true;
        }
        case "model" -> writeModel();
        case "post_processor", "padding" ->
            out.writeTree(new TemplateIds(union.vocabulary()).follow(json.readValueAsTree()));
        default -> out.copyCurrentStructure(json);
      }
    }
    if (!added) {
      out.writeName("added_tokens");
      writeAdded();
    }
    out.writeEndObject();
  }

  private void writeAdded() {
    out.writeStartArray();
    Map<String, AddedToken> all = new LinkedHashMap<>(union.base().added());
    all.putAll(union.added());
    all.values().stream()
        .sorted(Comparator.comparingInt(token -> id(token.content())))
        .forEach(token -> {
          ObjectNode entry = JsonMapper.shared().createObjectNode();
          entry.put("id", id(token.content()));
          out.writeTree(token.put(entry));
        });
    out.writeEndArray();
  }

  private int id(String token) {
    return Objects.requireNonNull(union.vocabulary().ids().get(token), token);
  }

  private void writeModel() throws IOException {
    out.writeStartObject();
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      String key = json.currentName();
      JsonToken value = json.nextToken();
      out.writeName(key);
      if (key.equals("vocab") && value == JsonToken.START_OBJECT) {
        writeIds();
      } else if (key.equals("vocab") && value == JsonToken.START_ARRAY) {
        writeScores();
      } else if (key.equals("merges")
          && value == JsonToken.START_ARRAY
          && !union.learned().isEmpty()) {
        new MergesWriter(union, json, out).write();
      } else {
        out.copyCurrentStructure(json);
      }
    }
    out.writeEndObject();
  }

  private void writeIds() {
    Set<String> further = new LinkedHashSet<>(union.joined());
    further.addAll(union.allLearned());
    out.writeStartObject();
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      String token = json.currentName();
      json.nextToken();
      out.writeName(token).writeNumber(id(token));
      further.remove(token);
    }
    further.forEach(token -> out.writeName(token).writeNumber(id(token)));
    out.writeEndObject();
  }

  private void writeScores() throws IOException {
    out.writeStartArray();
    double least = copyScores();
    for (String token : union.joined()) {
      writeScore(token, JoinedTokens.score(token, least));
    }
    for (TokenizerUnion.Learned learned : union.learned()) {
      Map<String, Double> scores = scores(learned.tokenizer(), learned.tokens());
      learned
          .tokens()
          .forEach(token -> writeScore(token, Math.max(least, scores.getOrDefault(token, least))));
    }
    out.writeEndArray();
  }

  /// Copies the base's pieces with their scores.
  ///
  /// @return the least score, or 0 if all are above, which learned pieces do not go below: the
  ///   score of unknown characters, and so how texts with them are cut, follows from it
  private double copyScores() {
    double least = 0;
    while (json.nextToken() == JsonToken.START_ARRAY) {
      out.writeStartArray();
      json.nextToken();
      out.writeString(json.getString());
      json.nextToken();
      least = Math.min(least, json.getDoubleValue());
      out.copyCurrentEvent(json);
      json.nextToken();
      out.writeEndArray();
    }
    return least;
  }

  private void writeScore(String token, double score) {
    out.writeStartArray().writeString(token).writeNumber(score).writeEndArray();
  }

  private static Map<String, Double> scores(Tokenizer tokenizer, ImmutableSet<String> wanted)
      throws IOException {
    Map<String, Double> scores = new LinkedHashMap<>();
    try (JsonParser json = TokenizerJson.parser(tokenizer.directory().resolve(Tokenizer.FILE))) {
      ModelPart.seek(json, "vocab");
      while (json.nextToken() == JsonToken.START_ARRAY) {
        json.nextToken();
        String token = json.getString();
        json.nextToken();
        if (wanted.contains(token)) {
          scores.put(token, json.getDoubleValue());
        }
        json.nextToken();
      }
    }
    return scores;
  }
}
