// SPDX-License-Identifier: Apache-2.0
package io.merge4j.vocabulary;

import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// How a tokenizer makes its tokens, as far as it decides whether two vocabularies can be joined.
///
/// @param kind `BPE`, `Unigram`, `WordPiece`, `WordLevel`, or `SentencePiece` if there is no
///   `tokenizer.json`
/// @param alphabet what tokens are spelled in
/// @param prefix what inner parts of words begin with
/// @param suffix what words end with
/// @param splitting normaliser and pre-tokenizer, as text
public record Scheme(
    String kind, Alphabet alphabet, String prefix, String suffix, String splitting) {

  /// The kind of a SentencePiece model without `tokenizer.json`.
  static final String PIECES = "SentencePiece";

  /// What tokens are spelled in.
  public enum Alphabet {
    /// A printable character for each byte.
    BYTES("bytes"),
    /// Characters, with a mark for spaces.
    MARKED_SPACES("characters with a mark for spaces"),
    /// Characters.
    CHARACTERS("characters");

    private final String text;

    Alphabet(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /// A mark that SentencePiece puts for a space.
  private static final String MARK = "\u2581";

  static Scheme of(String kind, String prefix, String suffix, JsonNode... parts) {
    StringBuilder text = new StringBuilder();
    for (JsonNode part : parts) {
      text.append(part);
    }
    Alphabet alphabet =
        text.indexOf("\"ByteLevel\"") >= 0
            ? Alphabet.BYTES
            : text.indexOf(MARK) >= 0 || text.indexOf("\"Metaspace\"") >= 0
                ? Alphabet.MARKED_SPACES
                : Alphabet.CHARACTERS;
    String splitting = parts.length < 2 ? "" : parts[0] + " " + parts[1];
    return new Scheme(kind, alphabet, prefix, suffix, splitting);
  }

  /// Why tokens of another scheme cannot become tokens of this; empty if they can.
  Optional<String> obstacle(Scheme other) {
    boolean same =
        kind.equals(other.kind)
            && alphabet == other.alphabet
            && prefix.equals(other.prefix)
            && suffix.equals(other.suffix);
    return same
        ? Optional.empty()
        : Optional.of("%s and %s".formatted(describe(other), other.describe(this)));
  }

  private String describe(Scheme other) {
    StringBuilder text = new StringBuilder(kind).append(" on ").append(alphabet);
    if (!prefix.equals(other.prefix)) {
      text.append(" with prefix \"").append(prefix).append('"');
    }
    if (!suffix.equals(other.suffix)) {
      text.append(" with suffix \"").append(suffix).append('"');
    }
    return text.toString();
  }
}
