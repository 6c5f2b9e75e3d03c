// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.cli.Cli.Result;
import io.merge4j.safetensors.Safetensors;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExplainCommandTest {

  @TempDir Path temp;
  private Path a;
  private Path b;
  private Path recipe;

  @BeforeEach
  void make() throws IOException {
    a = model("a");
    b = model("b");
    recipe = temp.resolve("recipe.yml");
  }

  /// Five layers of four tensors, and a norm.
  private Path model(String name) throws IOException {
    List<Tensor> tensors = new ArrayList<>();
    for (int layer = 0; layer < 5; layer++) {
      for (String part :
          List.of("self_attn.q_proj", "self_attn.v_proj", "mlp.up_proj", "mlp.down_proj")) {
        tensors.add(
            Tensor.of("model.layers.%d.%s.weight".formatted(layer, part), Shape.of(1, 2), 1f, 2f));
      }
    }
    tensors.add(Tensor.of("model.norm.weight", Shape.of(2), 1f, 2f));
    Path directory = Files.createDirectory(temp.resolve(name));
    Safetensors.write(directory.resolve("model.safetensors"), tensors);
    Files.writeString(directory.resolve("config.json"), "{\"num_hidden_layers\": 5}");
    return directory;
  }

  private Result explain(String yaml, String tensor, String... options) throws IOException {
    Files.writeString(recipe, yaml.formatted(a, b));
    List<Object> arguments = new ArrayList<>(List.of("explain", recipe, tensor));
    arguments.addAll(List.of(options));
    return Cli.run(arguments.toArray());
  }

  private static final String SLERP =
      """
      models:
        - model: "%1$s"
        - model: "%2$s"
      merge_method: slerp
      base_model: "%1$s"
      parameters:
        t:
          - filter: self_attn
            value: [0, 0.5, 1, 0]
          - value: 0.25
      """;

  @Test
  void tells_operands_and_how_a_gradient_was_read() throws IOException {
    Result explained =
        explain(SLERP, "model.layers.1.self_attn.q_proj.weight", "--dtype", "bfloat16");

    assertThat(explained.err()).isEmpty();
    // t = 1/4 of three steps is anchor 1 and three quarters
    assertThat(explained.out())
        .isEqualToNormalizingNewlines(
            """
            Tensor      model.layers.1.self_attn.q_proj.weight  BF16 [1, 2]
            Place       layer 1 of 5, depth 0.25
            Method      slerp: @SUMMARY@
            Model 1     %1$s: model.layers.1.self_attn.q_proj.weight  F32 [1, 2]
            Model 2     %2$s: model.layers.1.self_attn.q_proj.weight  F32 [1, 2]
            Parameters
              t = 0.375
                  from the recipe's parameters, entry 1 of 2, filter "self_attn", gradient [0, 0.5, 1, 0] at depth 0.25: 0.75 of the way from anchor 1 to 2
            """
                .formatted(a, b)
                .replace("@SUMMARY@", new io.merge4j.method.Slerp().about().summary()));
  }

  @Test
  void tells_which_entry_holds() throws IOException {
    assertThat(explain(SLERP, "model.layers.1.mlp.up_proj.weight").out())
        .contains("t = 0.25\n", "from the recipe's parameters, entry 2 of 2, for all others\n");
    assertThat(explain(SLERP, "model.norm.weight").out())
        .contains("Place       outside the layers, depth 0\n");
  }

  @Test
  void tells_levels_and_defaults_of_each_model() throws IOException {
    String sliced =
        """
        slices:
          - sources:
              - model: "%1$s"
                layer_range: [0, 1]
              - model: "%2$s"
                layer_range: [2, 3]
                parameters: {weight: 0.7}
            parameters: {weight: 0.2}
          - sources:
              - model: "%1$s"
                layer_range: [3, 4]
              - model: "%2$s"
                layer_range: [4, 5]
        merge_method: linear
        parameters: {weights: [0.4, 0.6]}
        """;

    assertThat(explain(sliced, "model.layers.0.mlp.up_proj.weight").out())
        .contains("Model 2     %s: model.layers.2.mlp.up_proj.weight  F32 [1, 2]\n".formatted(b))
        .contains("normalize = true\n      from default\n")
        .contains("weight = 0.2  of model %s\n      from parameters of slice 1\n".formatted(a))
        .contains(
            "weight = 0.7  of model %1$s\n      from parameters of model %1$s\n".formatted(b));
    assertThat(explain(sliced, "model.layers.1.mlp.up_proj.weight").out())
        .contains("layer 1 of 2, depth 1\n")
        .contains("weight = 0.6  of model %s\n".formatted(b))
        .contains("from the recipe's parameters, value 2 of weights [0.4, 0.6]\n");
  }

  @Test
  void tells_what_is_copied() throws IOException {
    String stacked =
        """
        slices:
          - sources:
              - model: "%2$s"
                layer_range: [3, 5]
        merge_method: passthrough
        """;

    assertThat(explain(stacked, "model.layers.1.mlp.up_proj.weight").out())
        .contains("Method      none: the tensor is copied as it is\n")
        .contains("Model 1     %s: model.layers.4.mlp.up_proj.weight".formatted(b))
        .doesNotContain("Parameters");
  }

  @Test
  void an_unknown_tensor_suggests_the_nearest() throws IOException {
    Result unknown = explain(SLERP, "model.layers.1.self_attn.qproj.weight");

    assertThat(unknown.status()).isEqualTo(2);
    assertThat(unknown.out()).isEmpty();
    assertThat(unknown.err())
        .contains(
            "no tensor \"model.layers.1.self_attn.qproj.weight\"; did you mean"
                + " \"model.layers.1.self_attn.q_proj.weight\"?")
        .hasLineCount(1);
  }
}
