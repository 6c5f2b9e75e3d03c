// SPDX-License-Identifier: Apache-2.0
package io.merge4j.plan;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.merge4j.Suggestion;
import io.merge4j.TokenSource;
import io.merge4j.TokenizerChoice;
import io.merge4j.TokenizerChoice.Rule;
import io.merge4j.model.ModelReference;
import io.merge4j.vocabulary.RowMap.Fixed;
import io.merge4j.vocabulary.Tokenizer;
import io.merge4j.vocabulary.Vocabulary;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// Finds the rows that a recipe's rules for single tokens speak of.
///
/// @param tokenizers by model
/// @param names the models, in the order of their indexes in a row map
record TokenRules(
    TokenizerChoice choice,
    OpenModels models,
    Map<String, Tokenizer> tokenizers,
    ImmutableList<String> names,
    Problems problems) {

  /// The rules by the ids of their tokens.
  ImmutableMap<Integer, Fixed> of(Vocabulary vocabulary) {
    ImmutableMap.Builder<Integer, Fixed> fixed = ImmutableMap.builder();
    choice
        .tokens()
        .forEach((token, rule) -> {
          OptionalInt id = vocabulary.find(token);
          if (id.isPresent()) {
            fixed(token, rule).ifPresent(row -> fixed.put(id.getAsInt(), row));
          } else {
            problems.add(
                "tokenizer.tokens: the vocabulary has no token \"%s\"%s"
                    .formatted(token, Suggestion.didYouMean(token, near(vocabulary, token))));
          }
        });
    return fixed.buildOrThrow();
  }

  /// Tokens that a mistaken one may have meant: those of about its length that begin alike.
  private static List<String> near(Vocabulary vocabulary, String token) {
    String start = token.substring(0, Math.min(1, token.length()));
    return vocabulary.ids().keySet().stream()
        .filter(other -> other.startsWith(start))
        .filter(other -> Math.abs(other.length() - token.length()) <= 2)
        .toList();
  }

  private Optional<Fixed> fixed(String token, Rule rule) {
    return switch (rule.source()) {
      case TokenSource.Zero zero -> Optional.of(new Fixed(-1, 0, rule.force()));
      case TokenSource.OfModel of -> fixed(token, rule, of.model(), token);
      case TokenSource.OfToken of -> fixed(token, rule, of.model(), of.token());
      case TokenSource.OfRow of -> fixed(token, rule, of.model(), of.row());
    };
  }

  private Optional<Fixed> fixed(String token, Rule rule, ModelReference model, String other) {
    Tokenizer tokenizer = tokenizers.get(model.name());
    OptionalInt row = tokenizer == null ? OptionalInt.empty() : tokenizer.vocabulary().find(other);
    if (row.isEmpty()) {
      problems.add(
          "tokenizer.tokens.%s: model %s has no token \"%s\"".formatted(token, model, other));
      return Optional.empty();
    }
    return fixed(token, rule, model, row.getAsInt());
  }

  private Optional<Fixed> fixed(String token, Rule rule, ModelReference model, int row) {
    long size = models.get(model.name()).vocabularyRows();
    if (row >= size) {
      problems.add(
          "tokenizer.tokens.%s: row %d of model %s, expected one below %d, the rows of its embedding"
              .formatted(token, row, model, size));
      return Optional.empty();
    }
    return Optional.of(new Fixed(names.indexOf(model.name()), row, rule.force()));
  }
}
