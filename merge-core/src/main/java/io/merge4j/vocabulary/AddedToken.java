// SPDX-License-Identifier: Apache-2.0
package io.merge4j.vocabulary;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A token that is looked for in the text before it is split, with its flags in `tokenizer.json`.
///
/// @param content the text it matches
/// @param singleWord whether it matches whole words only
/// @param lstrip whether it takes the spaces before it
/// @param rstrip whether it takes the spaces after it
/// @param normalized whether it is looked for in normalised text
/// @param special whether decoding may leave it out
public record AddedToken(
    String content,
    boolean singleWord,
    boolean lstrip,
    boolean rstrip,
    boolean normalized,
    boolean special) {

  /// A special token that tokenizer settings name by its text alone.
  static AddedToken special(String content) {
    return new AddedToken(content, false, false, false, false, true);
  }

  /// Reads the flags beside a token; those that are missing have the defaults of `tokenizers`.
  static AddedToken of(String content, JsonNode flags) {
    boolean special = flags.path("special").asBoolean(false);
    return new AddedToken(
        content,
        flags.path("single_word").asBoolean(false),
        flags.path("lstrip").asBoolean(false),
        flags.path("rstrip").asBoolean(false),
        flags.path("normalized").asBoolean(!special),
        special);
  }

  /// Writes the token as an entry of `added_tokens`, or of `added_tokens_decoder`, which has its id
  /// outside.
  public ObjectNode put(ObjectNode entry) {
    return entry
        .put("content", content)
        .put("single_word", singleWord)
        .put("lstrip", lstrip)
        .put("rstrip", rstrip)
        .put("normalized", normalized)
        .put("special", special);
  }
}
