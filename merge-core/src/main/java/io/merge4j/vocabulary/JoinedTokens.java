// SPDX-License-Identifier: Apache-2.0
package io.merge4j.vocabulary;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/// The base's added tokens that join its vocabulary proper, in front of other tokens.
///
/// `tokenizers` numbers added tokens on from the end of the vocabulary, whatever ids the file
/// claims, unless they stand in it; so only there they keep their ids. But there the model can meet
/// them in texts in which the base does not look for them: those for single words in other words,
/// those that are looked for in the raw text in what normalisation makes of another.
///
/// In a vocabulary with scores they have one at which their characters one by one are cheaper; so
/// they are met only if one of these is no piece. In others nothing keeps them from being met, but
/// that texts are split within them first.
final class JoinedTokens {

  /// What the pre-tokenizer of BERT splits off: white space, and ASCII and Unicode punctuation.
  private static final Pattern SPLIT_OFF = Pattern.compile("[\\s\\p{Punct}\\p{IsPunctuation}]");

  private final Tokenizer base;
  private final TokenizerUnion union;

  JoinedTokens(TokenizerUnion union) {
    this.base = union.base();
    this.union = union;
  }

  /// The score of a joined token in a vocabulary whose least score is `least`: below that of its
  /// characters, each at that least score.
  static double score(String token, double least) {
    return length(token) * least - 1;
  }

  /// What becomes different in texts without new tokens; empty if nothing does.
  List<String> remarks() {
    List<String> joined = union.joined();
    List<String> remarks = new ArrayList<>();
    List<String> exposed = joined.stream().filter(this::isExposed).toList();
    if (!exposed.isEmpty()) {
      remarks.add(
          "%d added tokens of %s (e.g. \"%s\") join the vocabulary to keep their ids, and may now be found in words, or in texts that are normalised to them, where %s does not look for them; take tokenizer_source base where that matters"
              .formatted(exposed.size(), base.name(), exposed.getFirst(), base.name()));
    }
    if (base.scheme().kind().equals("Unigram") && !joined.isEmpty()) {
      unspelled()
          .ifPresent(piece ->
              remarks.add(
                  "Pieces of %s (e.g. \"%s\") have characters that are no pieces; texts with such characters may be cut otherwise than by %s, as unknown characters have a lower score than there"
                      .formatted(base.name(), piece, base.name())));
    }
    return remarks;
  }

  private boolean isExposed(String token) {
    AddedToken flags = base.added().get(token);
    return flags != null && (flags.singleWord() || !flags.normalized()) && canBeMet(token);
  }

  private boolean canBeMet(String token) {
    return switch (base.scheme().kind()) {
      case "BPE" -> length(token) == 1;
      case "Unigram" -> !isSpelled(token);
      default ->
          length(token) == 1
              || !base.scheme().splitting().contains("\"BertPreTokenizer\"")
              || !SPLIT_OFF.matcher(token).find();
    };
  }

  /// A piece with a character that is none.
  private Optional<String> unspelled() {
    return base.vocabulary().ids().keySet().stream()
        .filter(token -> !base.added().containsKey(token) && !isSpelled(token))
        .findFirst();
  }

  /// Whether all characters of a token are pieces.
  private boolean isSpelled(String token) {
    return token.codePoints().mapToObj(Character::toString).allMatch(this::isPiece);
  }

  private boolean isPiece(String character) {
    OptionalInt id = base.vocabulary().find(character);
    return id.isPresent() ? id.getAsInt() < base.modelSize() : isLearned(character);
  }

  private boolean isLearned(String token) {
    return union.learned().stream().anyMatch(each -> each.tokens().contains(token));
  }

  private static int length(String token) {
    return token.codePointCount(0, token.length());
  }
}
