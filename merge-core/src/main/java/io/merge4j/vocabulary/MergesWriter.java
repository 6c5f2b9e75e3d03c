// SPDX-License-Identifier: Apache-2.0
package io.merge4j.vocabulary;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableSet;
import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/// Writes the merges of a byte-pair encoding that was joined from several: the base's, then those
/// of the others that make a new token.
///
/// So a text is first merged as the base merges it, and then further where the others would.
final class MergesWriter {

  private static final Splitter SPACE = Splitter.on(' ').limit(2);

  private final TokenizerUnion union;
  private final JsonParser json;
  private final JsonGenerator out;

  MergesWriter(TokenizerUnion union, JsonParser json, JsonGenerator out) {
    this.union = union;
    this.json = json;
    this.out = out;
  }

  /// A merge of two tokens.
  private record Merge(String left, String right) {

    static Optional<Merge> read(JsonParser json) {
      if (json.currentToken() == JsonToken.VALUE_STRING) {
        List<String> parts = SPACE.splitToList(json.getString());
        return parts.size() == 2
            ? Optional.of(new Merge(parts.get(0), parts.get(1)))
            : Optional.empty();
      }
      json.nextToken();
      String left = json.getString();
      json.nextToken();
      String right = json.getString();
      json.nextToken();
      return Optional.of(new Merge(left, right));
    }

    boolean hasSpaces() {
      return left.contains(" ") || right.contains(" ");
    }

    void write(JsonGenerator out, boolean pair) {
      if (pair) {
        out.writeStartArray().writeString(left).writeString(right).writeEndArray();
      } else {
        out.writeString(left + " " + right);
      }
    }
  }

  /// Writes the list that begins at the parser's place, in its own spelling unless new tokens hold
  /// spaces.
  void write() throws IOException {
    Set<Merge> further = further();
    boolean spaces = further.stream().anyMatch(Merge::hasSpaces);
    JsonToken first = json.nextToken();
    boolean pairs = first == JsonToken.START_ARRAY || spaces;
    out.writeStartArray();
    for (JsonToken at = first; at != JsonToken.END_ARRAY; at = json.nextToken()) {
      Merge.read(json).ifPresent(merge -> merge.write(out, pairs));
    }
    further.forEach(merge -> merge.write(out, pairs));
    out.writeEndArray();
  }

  private Set<Merge> further() throws IOException {
    Set<Merge> merges = new LinkedHashSet<>();
    ImmutableSet<String> wanted = union.allLearned();
    String prefix = union.base().scheme().prefix();
    Iterator<Tokenizer> others =
        union.learned().stream().map(TokenizerUnion.Learned::tokenizer).iterator();
    while (others.hasNext()) {
      Tokenizer other = others.next();
      if (other.file().isEmpty()) {
        continue;
      }
      try (JsonParser theirs = TokenizerJson.parser(other.file().get())) {
        boolean found = ModelPart.seek(theirs, "merges");
        while (found && theirs.nextToken() != JsonToken.END_ARRAY) {
          Merge.read(theirs).filter(merge -> makes(merge, wanted, prefix)).ifPresent(merges::add);
        }
      }
    }
    return merges;
  }

  private boolean makes(Merge merge, ImmutableSet<String> wanted, String prefix) {
    String right =
        merge.right.startsWith(prefix) ? merge.right.substring(prefix.length()) : merge.right;
    return wanted.contains(merge.left + right)
        && union.vocabulary().contains(merge.left)
        && union.vocabulary().contains(merge.right);
  }
}
