// SPDX-License-Identifier: Apache-2.0
package io.merge4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.Methods;
import io.merge4j.Recipe;
import io.merge4j.model.Model;
import io.merge4j.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFilesTest {

  @TempDir Path directory;

  @Test
  void a_model_of_22_layers_has_the_size_of_tinyllama() {
    SyntheticModel model = SyntheticModel.of(1.1);

    assertThat(model).isEqualTo(new SyntheticModel(22, 32000));
    assertThat(model.parameters()).isEqualTo(1_100_048_384);
    assertThat(model.bytes()).isEqualTo(2_200_096_768L);
  }

  @Test
  void a_model_that_was_made_is_read_with_its_shapes_and_merged() throws IOException {
    ModelFiles files = new ModelFiles(directory, new SyntheticModel(1, 10));

    assertThat(files.make(2)).isTrue();

    assertThat(files.distinct(2)).isEqualTo(2);
    try (Model model = Model.open(files.of(1))) {
      assertThat(model.checkpoint().specs()).hasSize(12);
      assertThat(shape(model, "model.layers.0.self_attn.k_proj.weight"))
          .isEqualTo(Shape.of(256, 2048));
      assertThat(shape(model, "model.layers.0.mlp.down_proj.weight"))
          .isEqualTo(Shape.of(2048, 5632));
      assertThat(shape(model, "lm_head.weight")).isEqualTo(Shape.of(10, 2048));
    }
    Recipe recipe = Recipe.parse(RecipeText.of(Methods.find("ties"), 1, files));
    assertThat(recipe.plan().parameters()).isEqualTo(files.model().parameters());
  }

  @Test
  void models_that_are_there_are_used_again_and_links_are_no_files_of_their_own()
      throws IOException {
    ModelFiles files = new ModelFiles(directory, new SyntheticModel(1, 10));
    for (int i = 0; i < 3; i++) {
      Files.createDirectories(files.of(i));
      Files.writeString(files.of(i).resolve("config.json"), "{}");
    }
    Files.writeString(files.weights(0), "base");
    Files.writeString(files.weights(1), "tuned");
    Files.createLink(files.weights(2), files.weights(1));

    assertThat(files.make(3)).isTrue();

    assertThat(files.distinct(3)).isEqualTo(2);
    assertThat(files.weights(1)).hasContent("tuned");
  }

  private static Shape shape(Model model, String tensor) {
    return model.checkpoint().find(tensor).orElseThrow().spec().shape();
  }

  @Test
  void what_a_recipe_names_is_what_it_reads() {
    ModelFiles files = new ModelFiles(directory, new SyntheticModel(1, 10));
    String recipe = RecipeText.of(Methods.find("ties"), 10, files);

    assertThat(files.weightsIn(recipe, 20)).isEqualTo(files.weightsOf(11));
    assertThat(files.weightsIn("models:\n  - model: " + files.of(10), 20))
        .containsExactly(files.weights(10));
    assertThat(files.weightsIn(RecipeText.of(Methods.find("fisher"), 2, files), 20))
        .isEqualTo(files.weightsOf(3));
  }
}
