// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.merge4j.Recipe.LayerRange;
import io.merge4j.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecipeTest {

  private static final String SLERP =
      """
      slices:
        - sources:
            - model: org/a
              layer_range: [0, 32]
            - model: org/b@v2
              layer_range: [0, 32]
      merge_method: slerp
      base_model: org/a
      parameters:
        t:
          - filter: self_attn
            value: [0, 0.5, 0.3, 0.7, 1]
          - filter: mlp
            value: [1, 0.5, 0.7, 0.3, 0]
          - value: 0.5
      dtype: bfloat16
      """;

  @Test
  void reads_the_classic_slerp_recipe() {
    Recipe recipe = Recipe.parse(SLERP);
    assertThat(recipe.method().name()).isEqualTo("slerp");
    assertThat(recipe.base().orElseThrow().name()).isEqualTo("org/a");
    assertThat(recipe.dtype()).contains(DType.BF16);
    assertThat(recipe.sources().map(source -> source.layers().orElseThrow()))
        .containsExactly(new LayerRange(0, 32), new LayerRange(0, 32));
    Setting t = recipe.parameters().find("t").orElseThrow();
    assertThat(t.at(Weight.inLayer("x.mlp.y", 31, 32))).contains(0.0);
    assertThat(t.at(Weight.outside("lm_head.weight"))).contains(0.5);
  }

  @Test
  void the_fluent_line_is_the_same_recipe_as_its_yaml() {
    Recipe fluent =
        Merger.slerp("org/a", "org/b").t(0.5).filter("self_attn", 0, 0.5, 0.3, 0.7, 1).recipe();
    Recipe yaml =
        Recipe.parse(
            """
            merge_method: slerp
            base_model: org/a
            models: [{model: org/a}, {model: org/b}]
            parameters:
              t: [{filter: self_attn, value: [0, 0.5, 0.3, 0.7, 1]}, {value: 0.5}]
            """);
    assertThat(fluent.toYaml()).isEqualTo(yaml.toYaml());
    assertThat(Recipe.parse(fluent.toYaml())).isEqualTo(yaml);
  }

  @Test
  void prints_itself_as_yaml_that_reads_back_equal() {
    Recipe recipe = Recipe.parse(SLERP);
    assertThat(Recipe.parse(recipe.toYaml())).isEqualTo(recipe);
  }

  @Test
  void reads_models_that_are_taken_apart() {
    Recipe recipe =
        Recipe.parse(
            """
            merge_method: ties
            base_model: {model: {path: org/base, revision: v1}}
            models:
              - model: {model: {path: org/base, revision: v1}, lora: {path: org/adapter, revision: v2}}
              - model: {model: org/base, lora: {path: ./adapter}}
              - model: {model: {path: org/other}, lora: null}
            """);
    assertThat(recipe.base().orElseThrow().name()).isEqualTo("org/base@v1");
    assertThat(recipe.sources().map(source -> source.model().name()))
        .containsExactly("org/base@v1+org/adapter@v2", "org/base+./adapter", "org/other");
    assertThat(Recipe.parse(recipe.toYaml())).isEqualTo(recipe);
    assertThatThrownBy(() ->
            Recipe.parse(
                "{merge_method: linear, models: [{model: {lora: {revision: a}}}, {model: {model: {paths: a}}}]}"))
        .hasMessageContaining("models[0].model.model: missing")
        .hasMessageContaining("models[1].model.model.paths: unknown key; did you mean \"path\"?");
  }

  @Test
  void finds_a_model_and_its_adapter_beside_the_recipe(@TempDir Path directory) throws IOException {
    Files.createDirectory(directory.resolve("base"));
    Files.createDirectory(directory.resolve("adapter"));
    Path file =
        Files.writeString(
            directory.resolve("recipe.yml"),
            "{merge_method: linear, models: [{model: base+adapter}, {model: org/a+adapter}]}");
    assertThat(Recipe.read(file).sources().map(source -> source.model().name()))
        .containsExactly(
            directory.resolve("base") + "+" + directory.resolve("adapter"),
            "org/a+" + directory.resolve("adapter"));
  }

  @Test
  void says_the_rank_of_a_merged_adapter() {
    Recipe recipe =
        Recipe.parse(
            """
            merge_method: linear
            models: [{model: a, parameters: {weight: 1}}, {model: b, parameters: {weight: 1}}]
            adapter: {rank: 16, energy: 0.5}
            """);
    assertThat(recipe.adapter())
        .isEqualTo(new AdapterRank(OptionalInt.of(16), OptionalDouble.of(0.5)));
    assertThat(Recipe.parse(recipe.toYaml())).isEqualTo(recipe);
    Merge chain = Merger.linear().model("a").weight(1).model("b").weight(1);
    assertThat(chain.adapter(AdapterRank.of(16)).toYaml()).contains("adapter:\n  rank: 16\n");
    assertThat(chain.recipe().toYaml()).doesNotContain("adapter");
    assertThatThrownBy(() -> Recipe.parse(recipe.toYaml().replace("16", "0")))
        .hasMessageContaining("rank is 0, expected at least 1");
    assertThatThrownBy(() -> Recipe.parse(recipe.toYaml().replace("16", "all")))
        .hasMessageContaining("adapter.rank: found \"all\", expected a whole number");
    assertThatThrownBy(() -> Recipe.parse(recipe.toYaml().replace("rank", "ranks")))
        .hasMessageContaining("adapter.ranks: unknown key; did you mean \"rank\"?");
  }

  @Test
  void a_prefix_of_a_chain_can_be_continued_in_several_ways() {
    var prefix = Merger.linear().model("a").weight(1);
    Recipe two = prefix.model("b").weight(2).recipe();
    Recipe three = prefix.model("c").weight(3).normalize(false).recipe();
    assertThat(prefix.recipe().sources()).hasSize(1);
    assertThat(two.toYaml()).contains("b").doesNotContain("normalize");
    assertThat(three.toYaml()).contains("normalize: false").doesNotContain("b\n");
  }

  @Test
  void resolves_anchors_and_aliases() {
    Recipe recipe =
        Recipe.parse(
            """
            merge_method: linear
            models:
              - model: a
                parameters: &half {weight: 0.5}
              - model: b
                parameters: *half
            """);
    assertThat(recipe.sources().map(source -> source.parameters().find("weight").orElseThrow()))
        .containsExactly(Setting.of(0.5), Setting.of(0.5));
  }

  @Test
  void takes_numbers_that_yaml_takes_for_texts() {
    Recipe recipe =
        Recipe.parse("merge_method: karcher\nmodels: [{model: a}]\nparameters: {tol: '1e-6'}");
    assertThat(recipe.parameters().find("tol")).contains(Setting.of(1e-6));
  }

  @Test
  void reports_all_problems_at_once_with_their_places() {
    RecipeException refused =
        catchThrowableOfType(
            RecipeException.class,
            () ->
                Recipe.parse(
                    """
                    merge_method: linear
                    models:
                      - model: a
                        paramters: {weight: 1}
                      - layer_range: [3, 1]
                    parameters:
                      weight: [0.5, true]
                    dtype: float12
                    """));
    assertThat(refused.problems())
        .anySatisfy(p -> assertThat(p).startsWith("models[0].paramters").contains("\"parameters\""))
        .anySatisfy(p -> assertThat(p).startsWith("models[1].model").contains("missing"))
        .anySatisfy(p -> assertThat(p).startsWith("models[1].layer_range").contains("[3, 1]"))
        .anySatisfy(p -> assertThat(p).startsWith("parameters.weight").contains("[0.5, true]"))
        .anySatisfy(p -> assertThat(p).startsWith("dtype").contains("float12").contains("bfloat16"))
        .hasSize(5);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "just text",
        "[1, 2]",
        "merge_method: slerp",
        "merge_method: slerp\nmodels: []",
        "merge_method: slerp\nmodels: [{model: a}]\nslices: [{sources: [{model: a}]}]",
        "models: [{model: a}]",
        "merge_method: {a: b}\nmodels: [{model: a}]",
        "merge_method: slerp\nmodels: a",
        "merge_method: slerp\nmodels: [a]",
        "merge_method: slerp\nmodels: [{model: a+b+c}]",
        "merge_method: slerp\nmodels: [{model: a, layer_range: 5}]",
        "merge_method: slerp\nmodels: [{model: a}]\nparameters: [1]",
        "merge_method: slerp\nmodels: [{model: a}]\nparameters: {t: }",
        "merge_method: slerp\nmodels: [{model: a}]\nparameters: {t: []}",
        "merge_method: slerp\nmodels: [{model: a}]\nparameters: {t: .inf}",
        "merge_method: slerp\nmerge_method: slerp\nmodels: [{model: a}]",
        "a: [",
        "!%2",
        "a: !!javax.script.ScriptEngineManager []",
        "base_model: x\nexperts: [{source_model: y}]",
      })
  void refuses_what_is_no_recipe(String yaml) {
    assertThat(catchThrowableOfType(RecipeException.class, () -> Recipe.parse(yaml))).isNotNull();
  }

  @Test
  @Timeout(value = 4, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void a_name_of_megabytes_takes_no_more_than_a_moment() {
    String name = "l".repeat(3_000_000);
    assertThat(
            catchThrowableOfType(
                RecipeException.class,
                () -> Recipe.parse("merge_method: %s\nmodels: []".formatted(name))))
        .hasMessageContaining("models: found []");
  }

  @Test
  void a_document_that_grows_without_bound_is_refused() {
    StringBuilder laughs = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 12; i++) {
      String list = String.join(", ", Collections.nCopies(10, "*a" + (i - 1)));
      laughs.append("a%d: &a%d [%s]%n".formatted(i, i, list));
    }
    assertThat(catchThrowableOfType(RecipeException.class, () -> Recipe.parse(laughs.toString())))
        .hasMessageContaining("nodes");
    String deep = "[".repeat(20_000) + "]".repeat(20_000);
    assertThat(catchThrowableOfType(RecipeException.class, () -> Recipe.parse("a: " + deep)))
        .isNotNull();
  }

  @Test
  void models_beside_the_recipe_are_found_from_its_directory(@TempDir Path directory)
      throws Exception {
    Path model = Files.createDirectories(directory.resolve("models/a"));
    Path file = directory.resolve("recipe.yml");
    Files.writeString(
        file, "merge_method: passthrough\nmodels: [{model: models/a}, {model: org/b}]");
    assertThat(Recipe.read(file).models().stream().map(m -> m.name()))
        .containsExactly(model.toString(), "org/b");
  }

  @Test
  void modules_keep_their_names() {
    Recipe recipe =
        Recipe.parse(
            """
            merge_method: linear
            modules:
              encoder:
                models: [{model: a}]
                parameters: {weight: 1}
              decoder:
                slices: [{sources: [{model: a, layer_range: [0, 2]}], parameters: {weight: 2}}]
            """);
    assertThat(recipe.modules().stream().map(module -> module.name().orElse("")))
        .containsExactlyElementsOf(List.of("encoder", "decoder"));
    assertThat(Recipe.parse(recipe.toYaml())).isEqualTo(recipe);
  }
}
