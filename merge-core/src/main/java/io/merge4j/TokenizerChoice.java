// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.merge4j.model.Model;
import io.merge4j.model.ModelReference;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/// Which tokenizer a merged model gets, and which rows its tokens have.
///
/// Models are brought to the tokenizer's vocabulary before they are merged. A model's own row is
/// taken if it has the token; else the base's; else that of the only model that has it; else the
/// mean of the rows of those that have it. Rows beyond the vocabulary are the mean of the real
/// rows.
///
/// {@snippet lang=java :
/// merge.tokenizer(TokenizerChoice.union().padToMultipleOf(64).token("<pad>", TokenSource.zero()))
/// }
///
/// @param source where the vocabulary comes from; empty to merge rows by number, as they stand
/// @param tokens rules for single tokens
/// @param padToMultipleOf the number of rows is rounded up to a multiple of this; 1 for none
/// @param keepPadding whether there are at least as many rows as the base has
/// @param chatTemplate `auto`, a built-in template's name, or a Jinja template; else the template
///   comes with the tokenizer
public record TokenizerChoice(
    Optional<Source> source,
    ImmutableMap<String, Rule> tokens,
    int padToMultipleOf,
    boolean keepPadding,
    Optional<String> chatTemplate) {

  /// Nothing is said: rows are merged by number, and the base's tokenizer comes along.
  public static final TokenizerChoice NONE =
      new TokenizerChoice(Optional.empty(), ImmutableMap.of(), 1, false, Optional.empty());

  /// Where a vocabulary comes from.
  public sealed interface Source {}

  /// The base, or the first model if there is no base.
  public record Base() implements Source {}

  /// The base's vocabulary and what the other models have beyond it.
  public record Union() implements Source {}

  /// A model, which need not be one of those that are merged.
  public record OfModel(ModelReference model) implements Source {}

  /// A rule for one token.
  ///
  /// @param force whether it holds also in models that have the token
  public record Rule(TokenSource source, boolean force) {}

  /// @throws IllegalArgumentException if the multiple is below 1, or rows are spoken of without a
  ///   source
  public TokenizerChoice {
    if (source.isEmpty() && (!tokens.isEmpty() || padToMultipleOf != 1 || keepPadding)) {
      throw new IllegalArgumentException(
          "Rows of tokens without a vocabulary, expected a source: base, union or a model");
    }
    if (padToMultipleOf < 1) {
      throw new IllegalArgumentException(
          "Vocabulary padded to a multiple of %d, expected 1 or more".formatted(padToMultipleOf));
    }
  }

  /// The base's vocabulary.
  public static TokenizerChoice base() {
    return from(new Base());
  }

  /// The base's vocabulary and what the other models have beyond it.
  public static TokenizerChoice union() {
    return from(new Union());
  }

  /// A model's vocabulary.
  public static TokenizerChoice of(Model model) {
    return from(new OfModel(ModelReference.to(model)));
  }

  /// A model's vocabulary.
  public static TokenizerChoice of(Path model) {
    return from(new OfModel(ModelReference.to(model)));
  }

  /// A model's vocabulary, named as in recipes.
  public static TokenizerChoice of(String model) {
    return from(new OfModel(ModelReference.to(model)));
  }

  private static TokenizerChoice from(Source source) {
    return new TokenizerChoice(Optional.of(source), ImmutableMap.of(), 1, false, Optional.empty());
  }

  /// Gives a token a row in models that lack it.
  public TokenizerChoice token(String token, TokenSource row) {
    return with(token, new Rule(row, false));
  }

  /// Gives a token a row in all models.
  public TokenizerChoice force(String token, TokenSource row) {
    return with(token, new Rule(row, true));
  }

  private TokenizerChoice with(String token, Rule rule) {
    ImmutableMap<String, Rule> rules =
        ImmutableMap.<String, Rule>builder().putAll(tokens).put(token, rule).buildKeepingLast();
    return new TokenizerChoice(source, rules, padToMultipleOf, keepPadding, chatTemplate);
  }

  /// Rounds the number of rows up to a multiple.
  public TokenizerChoice padToMultipleOf(int multiple) {
    return new TokenizerChoice(source, tokens, multiple, keepPadding, chatTemplate);
  }

  /// Keeps at least as many rows as the base has.
  public TokenizerChoice keepPadding(boolean keep) {
    return new TokenizerChoice(source, tokens, padToMultipleOf, keep, chatTemplate);
  }

  /// Sets the chat template: `auto` for the most common of the models, the name of a built-in one
  /// (alpaca, chatml, exaone, llama3, mistral), or Jinja text.
  public TokenizerChoice chatTemplate(String template) {
    return new TokenizerChoice(source, tokens, padToMultipleOf, keepPadding, Optional.of(template));
  }

  /// The models that rules for single tokens name, each once.
  public ImmutableList<ModelReference> modelsOfTokens() {
    Stream<ModelReference> ofTokens =
        tokens.values().stream()
            .map(rule ->
                switch (rule.source()) {
                  case TokenSource.Zero zero -> Optional.<ModelReference>empty();
                  case TokenSource.OfModel row -> Optional.of(row.model());
                  case TokenSource.OfToken row -> Optional.of(row.model());
                  case TokenSource.OfRow row -> Optional.of(row.model());
                })
            .flatMap(Optional::stream);
    return ofTokens.distinct().collect(ImmutableList.toImmutableList());
  }

  /// Whether it says nothing.
  public boolean isEmpty() {
    return Objects.equals(this, NONE);
  }
}
