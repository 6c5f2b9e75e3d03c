// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenizerYamlTest {

  private static final String LINEAR =
      """
      merge_method: linear
      models:
        - model: org/a
          parameters: {weight: 1}
      """;

  private static Recipe fluent() {
    return Merger.linear().model("org/a").weight(1).recipe();
  }

  private static TokenizerChoice read(String yaml) {
    return Recipe.parse(LINEAR + yaml).tokenizer();
  }

  @Test
  void a_recipe_that_says_nothing_chooses_nothing() {
    assertThat(read("")).isEqualTo(TokenizerChoice.NONE);
    assertThat(read("").isEmpty()).isTrue();
  }

  @Test
  void sources_are_base_union_or_a_model() {
    assertThat(read("tokenizer_source: base")).isEqualTo(TokenizerChoice.base());
    assertThat(read("tokenizer_source: union")).isEqualTo(TokenizerChoice.union());
    assertThat(read("tokenizer_source: org/b")).isEqualTo(TokenizerChoice.of("org/b"));
    assertThat(read("tokenizer: {source: base}")).isEqualTo(TokenizerChoice.base());
    assertThat(read("tokenizer: {}")).isEqualTo(TokenizerChoice.union());
    assertThat(read("tokenizer: {source: {model: {path: org/b}}}"))
        .isEqualTo(TokenizerChoice.of("org/b"));
  }

  @Test
  void models_are_named_as_elsewhere_in_recipes() {
    String named = "{model: {path: org/b, revision: v2}}";
    assertThat(read("tokenizer: {source: %s}".formatted(named)))
        .isEqualTo(TokenizerChoice.of("org/b@v2"));
    assertThat(read("tokenizer_source: " + named)).isEqualTo(TokenizerChoice.of("org/b@v2"));
    assertThat(
            read(
                "tokenizer: {tokens: {<a>: {source: %s}, <b>: {source: {kind: model_token, model: %s, token: <x>}}}}"
                    .formatted(named, named)))
        .isEqualTo(
            TokenizerChoice.union()
                .token("<a>", TokenSource.of("org/b@v2"))
                .token("<b>", TokenSource.of("org/b@v2", "<x>")));
  }

  @Test
  void keys_that_mean_nothing_are_ignored_as_elsewhere_in_recipes() {
    assertThat(read("tokenizer: {source: base, zzz: 1}")).isEqualTo(TokenizerChoice.base());
  }

  @Test
  void the_fluent_form_is_the_same_recipe_and_reads_back() {
    Recipe recipe =
        fluent()
            .tokenizer(
                TokenizerChoice.union()
                    .padToMultipleOf(64)
                    .keepPadding(true)
                    .token("<a>", TokenSource.of("org/b"))
                    .token("<b>", TokenSource.of("org/b", "<x>"))
                    .force("<c>", TokenSource.of("org/b", 7))
                    .force("<d>", TokenSource.zero()))
            .chatTemplate("chatml");
    String yaml =
        """
        tokenizer:
          source: union
          pad_to_multiple_of: 64
          keep_padding: true
          tokens:
            <a>: {source: org/b}
            <b>: {source: {kind: model_token, model: org/b, token: <x>}}
            <c>: {source: {kind: model_token, model: org/b, token_id: 7}, force: true}
            <d>: {source: {kind: zero}, force: true}
        chat_template: chatml
        """;
    assertThat(read(yaml)).isEqualTo(recipe.tokenizer());
    assertThat(Recipe.parse(recipe.toYaml())).isEqualTo(Recipe.parse(LINEAR + yaml));
    assertThat(recipe.tokenizer().modelsOfTokens())
        .extracting(Object::toString)
        .containsExactly("org/b");
  }

  @Test
  void the_chat_template_may_stand_alone() {
    Recipe recipe = fluent().chatTemplate("{{ messages }}");
    assertThat(read("chat_template: '{{ messages }}'")).isEqualTo(recipe.tokenizer());
    assertThat(Recipe.parse(recipe.toYaml()).tokenizer()).isEqualTo(recipe.tokenizer());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{tokenizer_source: base, tokenizer: {source: base}} | expected one of the two",
        "{tokenizer: 3} | expected a mapping",
        "{tokenizer: {soruce: base}} | did you mean \"source\"?",
        "{tokenizer: {pad_to_multiple_of: 0}} | 1 or more",
        "{tokenizer: {keep_padding: 3}} | true or false",
        "{tokenizer: {tokens: [3]}} | tokenizer.tokens: found [3], expected a mapping",
        "{tokenizer: {tokens: {a: {}}}} | tokenizer.tokens.a.source",
        "{tokenizer: {tokens: {a: {source: zero, force: 1}}}} | tokenizer.tokens.a.force",
        "{tokenizer: {tokens: {a: {source: {kind: model_token, model: m}}}}} | expected token, or token_id",
        "{tokenizer: {tokens: {a: {source: {kind: model_token, model: m, token_id: -1}}}}} | from 0 on",
        "{tokenizer_source: [a]} | expected the name of a model",
      })
  void what_is_wrong_is_named(String flow, String text) {
    String yaml = flow.strip();
    RecipeException refused =
        catchThrowableOfType(
            RecipeException.class,
            () ->
                Recipe.parse(
                    "{merge_method: linear, models: [{model: org/a}], " + yaml.substring(1)));
    assertThat(refused).isNotNull();
    assertThat(refused.problems()).anyMatch(problem -> problem.contains(text.strip()));
  }

  @Test
  void rows_need_a_vocabulary() {
    assertThatThrownBy(() -> TokenizerChoice.NONE.padToMultipleOf(8))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("base, union or a model");
  }
}
