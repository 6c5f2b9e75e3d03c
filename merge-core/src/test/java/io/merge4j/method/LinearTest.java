// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.merge4j.Merge;
import io.merge4j.MergeMethod;
import io.merge4j.Merger;
import io.merge4j.RecipeException;
import io.merge4j.model.Model;
import io.merge4j.tensor.Shape;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LinearTest extends MergeMethodContract {

  @Override
  MergeMethod method() {
    return new Linear();
  }

  @Override
  Merge merge(List<Model> models, double[] weights) {
    Linear.WithWeight merge = Merger.linear().model(models.get(0)).weight(weights[0]);
    for (int i = 1; i < models.size(); i++) {
      merge = merge.model(models.get(i)).weight(weights[i]);
    }
    return merge;
  }

  @Override
  Optional<double[]> formula(double[][] x, double[] weights, Shape shape) {
    double[] y = new double[x[0].length];
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += weights[i];
      for (int k = 0; k < y.length; k++) {
        y[k] += weights[i] * x[i][k];
      }
    }
    for (int k = 0; k < y.length; k++) {
      y[k] /= sum;
    }
    return Optional.of(y);
  }

  @Test
  void averages_a_matrix_by_weight() {
    // (3 · [1 2; 3 4] + 1 · [5 6; 7 8]) / 4
    List<Model> models =
        Merging.models(Shape.of(2, 2), new float[] {1, 2, 3, 4}, new float[] {5, 6, 7, 8});

    assertThat(Merging.merged(merge(models, new double[] {3, 1}))).containsExactly(2, 3, 4, 5);
  }

  @Test
  void adds_without_dividing_if_told_so() {
    Merge merge =
        Merger.linear()
            .model(Merging.model("a", 1, 2))
            .weight(2)
            .model(Merging.model("b", 3, 4))
            .weight(-1)
            .normalize(false);

    assertThat(Merging.merged(merge)).containsExactly(-1, 0);
  }

  @Test
  void a_weight_of_0_leaves_a_model_out_with_its_nans() {
    List<Model> models =
        List.of(Merging.model("a", 1, 2), Merging.model("b", Float.NaN, Float.NaN));

    assertThat(Merging.merged(merge(models, new double[] {0.5, 0}))).containsExactly(1, 2);
  }

  @Test
  void weights_follow_filters_and_depth() {
    Merge merge =
        Merger.linear()
            .model(Merging.layered("a", 3, 0, 8))
            .weight(1, 0.5, 0)
            .filter("mlp.up", 0.25)
            .model(Merging.layered("b", 3, 8, 0))
            .weight(0, 0.5, 1)
            .filter("mlp.up", 0.75);

    Merging.Result result = Merging.merged(merge, Merging.OUTPUT);

    assertThat(result.tensor("layers.0.mlp.down.weight")).containsExactly(0, 8);
    assertThat(result.tensor("layers.1.mlp.down.weight")).containsExactly(4, 4);
    assertThat(result.tensor("layers.2.mlp.down.weight")).containsExactly(8, 0);
    assertThat(result.tensor("layers.2.mlp.up.weight")).containsExactly(6, 2);
  }

  @Test
  void refuses_weights_that_sum_to_0() {
    List<Model> models =
        List.of(Merging.model("a", 1, 2), Merging.model("b", 3, 4), Merging.model("c", 5, 6));

    // Decimals are rounded: the second sums to -1.1e-16.
    for (double[] weights : new double[][] {{1, -1, 0}, {0.7, 0.1, -0.8}, {0.1, 0.2, -0.3}}) {
      assertThatThrownBy(() -> merge(models, weights).plan())
          .isInstanceOf(RecipeException.class)
          .hasMessageContaining("the weights sum to 0");
    }
    assertThat(merge(models, new double[] {1e-9, 2e-9, -1e-9}).plan().weights()).isNotEmpty();
  }

  @Test
  void a_model_with_more_layers_lends_them_if_allowed() {
    Merge merge =
        merge(
            List.of(Merging.layered("short", 2, 1, 2), Merging.layered("long", 3, 1, 2)),
            new double[] {1, 1});

    assertThatThrownBy(merge::plan)
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("lacks a tensor that others have");
    assertThat(
            Merging.merged(merge, Merging.OUTPUT.allowMissing(true))
                .tensor("layers.2.mlp.up.weight"))
        .containsExactly(1, 2);
  }
}
