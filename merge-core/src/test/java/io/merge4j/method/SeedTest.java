// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.merge4j.Merge;
import io.merge4j.Merger;
import io.merge4j.Output;
import io.merge4j.Recipe;
import io.merge4j.RecipeException;
import io.merge4j.model.Model;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Where the seed of random methods comes from.
class SeedTest {

  private static final String RECIPE =
      """
      merge_method: linear
      models: [{model: org/a, parameters: {weight: 1}}]
      """;

  private static Merge dare(OptionalLong seed) {
    Model a = Merging.model("a", Merging.normal(1, 1000));
    Model base = Merging.model("base", Merging.normal(2, 1000));
    Recipe recipe = Merger.dareLinear().base(base).model(a).weight(1).density(0.5).recipe();
    return new Recipe(
        recipe.method(),
        recipe.base(),
        recipe.modules(),
        recipe.parameters(),
        recipe.dtype(),
        recipe.outDtype(),
        recipe.tokenizer(),
        recipe.adapter(),
        seed,
        recipe.output());
  }

  private static float[] merged(OptionalLong seed, Output output) {
    return Merging.merged(dare(seed), output).tensor("w");
  }

  @Test
  void is_the_callers_else_the_recipes_else_0() {
    float[] zero = merged(OptionalLong.empty(), Merging.OUTPUT);
    float[] seven = merged(OptionalLong.empty(), Merging.OUTPUT.seed(7));

    assertThat(seven).isNotEqualTo(zero);
    assertThat(merged(OptionalLong.of(7), Merging.OUTPUT)).isEqualTo(seven);
    assertThat(merged(OptionalLong.of(7), Merging.OUTPUT.seed(0))).isEqualTo(zero);
    assertThat(Merging.merged(dare(OptionalLong.of(7)), Merging.OUTPUT).report().seed())
        .isEqualTo(7);
  }

  @Test
  void is_read_from_recipes_and_printed() {
    Recipe recipe = Recipe.parse(RECIPE + "seed: -3");
    assertThat(recipe.seed()).hasValue(-3);
    assertThat(Recipe.parse(recipe.toYaml()).seed()).hasValue(-3);
    assertThat(Recipe.parse(RECIPE).seed()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "1.5", "9223372036854775808", "[1]"})
  void must_be_a_whole_number(String seed) {
    assertThatThrownBy(() -> Recipe.parse(RECIPE + "seed: " + seed))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("expected a whole number of 64 bits");
  }
}
