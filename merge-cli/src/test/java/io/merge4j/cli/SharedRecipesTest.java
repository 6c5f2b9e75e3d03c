// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.Recipe;
import io.merge4j.RecipeException;
import io.merge4j.cli.Cli.Result;
import io.merge4j.model.ModelReference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Recipes as they circulate among users, on a machine without the models that they name.
class SharedRecipesTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "dare_ties.yml", "linear_positional.yml", "marcoro14_slerp.yml", "passthrough.yml",
        "slerp.yml", "slerp_slices.yml", "stack_overlap.yml", "ties.yml"
      })
  void parses_and_prints_itself_back(String name) throws IOException {
    Recipe recipe = Recipe.read(Cli.recipe(name));

    assertThat(Recipe.parse(recipe.toYaml())).isEqualTo(recipe);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"marcoro14_slerp.yml", "passthrough.yml", "slerp.yml", "stack_overlap.yml"})
  void every_model_that_is_missing_is_listed_at_once(String name, @TempDir Path temp)
      throws IOException {
    List<String> models =
        Recipe.read(Cli.recipe(name)).models().stream().map(ModelReference::name).toList();

    for (String command : List.of("run", "plan")) {
      Result refused = Cli.run(command, Cli.recipe(name), temp.resolve("out"));

      assertThat(refused.status()).isEqualTo(2);
      assertThat(refused.err())
          .startsWith("merge4j: The recipe has %d problems:".formatted(models.size()))
          .contains(models);
    }
    assertThat(temp).isEmptyDirectory();
  }

  @Test
  void a_base_that_is_no_source_is_explained(@TempDir Path temp) {
    Result refused = Cli.run("run", Cli.recipe("slerp_slices.yml"), temp.resolve("out"));

    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.err())
        .contains("base_model my-base-model is not among the models (my-model-1, my-model-2)")
        .contains("name the one that t = 0 shall give")
        .contains("my-model-2\": ");
  }

  @Test
  void a_mixture_of_experts_is_refused_as_such(@TempDir Path temp) {
    Result refused = Cli.run("run", Cli.recipe("moe.yml"), temp.resolve("out"));

    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.err()).contains("experts: a mixture of experts").contains("not supported");
  }

  @Test
  void the_output_may_be_named_in_the_recipe() throws IOException {
    Recipe recipe = Recipe.read(Cli.recipe("linear_positional.yml"));

    assertThat(recipe.output()).contains("./merged_mistral_hermes");
    assertThat(Cli.run("run", Cli.recipe("linear_positional.yml")).err())
        .doesNotContain("No output directory")
        .contains("mistralai/Mistral-7B-v0.1");
    assertThat(Path.of("merged_mistral_hermes")).doesNotExist();
  }

  @Test
  void a_recipe_of_an_unknown_method_lists_the_known(@TempDir Path temp) throws IOException {
    Path file = temp.resolve("recipe.yml");
    Files.writeString(file, "merge_method: sleerp\nmodels:\n  - model: a/b\n  - model: c/d\n");

    Result refused = Cli.run("plan", file);

    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.err()).contains("\"sleerp\"", "did you mean \"slerp\"?", "linear");
    Assertions.assertThatThrownBy(() -> Recipe.read(file).plan())
        .isInstanceOf(RecipeException.class);
  }
}
