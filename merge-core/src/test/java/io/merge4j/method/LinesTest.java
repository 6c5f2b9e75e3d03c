// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.Merge;
import io.merge4j.MergeMethod;
import io.merge4j.Merger;
import io.merge4j.model.Model;
import io.merge4j.tensor.Shape;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LinesTest extends MergeMethodContract {

  @Override
  MergeMethod method() {
    return new Lines();
  }

  @Override
  Merge merge(List<Model> models, double[] weights) {
    return chain(models, weights).beta(0.5).alpha(0.25);
  }

  private static Lines.WithWeight chain(List<Model> models, double... weights) {
    Lines.WithWeight merge =
        Merger.lines().base(models.getLast()).model(models.get(0)).weight(weights[0]);
    for (int i = 1; i < models.size() - 1; i++) {
      merge = merge.model(models.get(i)).weight(weights[i]);
    }
    return merge;
  }

  /// The tensor lies outside the layers: α counts.
  @Override
  Optional<double[]> formula(double[][] x, double[] weights, Shape shape) {
    double[] b = x[x.length - 1];
    double[] y = b.clone();
    for (int i = 0; i < x.length - 1; i++) {
      for (int k = 0; k < y.length; k++) {
        y[k] += 0.25 * weights[i] * (x[i][k] - b[k]);
      }
    }
    return Optional.of(y);
  }

  @Test
  void late_layers_change_more_than_early_ones() {
    // Two task vectors (4, 0) and (0, 8); α = 1/2 of two models, β = 1: factors 0.5, 1 and 1.5.
    List<Model> models =
        List.of(
            Merging.layered("a", 3, 5, 1),
            Merging.layered("b", 3, 1, 9),
            Merging.layered("base", 3, 1, 1));

    Merging.Result result = Merging.merged(chain(models, 1, 1).beta(1), Merging.OUTPUT);

    assertThat(result.tensor("embed.weight")).containsExactly(3, 5);
    assertThat(result.tensor("layers.0.mlp.up.weight")).containsExactly(3, 5);
    assertThat(result.tensor("layers.1.mlp.up.weight")).containsExactly(5, 9);
    assertThat(result.tensor("layers.2.mlp.up.weight")).containsExactly(7, 13);
    assertThat(result.tensor("norm.weight")).containsExactly(3, 5);
  }

  @Test
  void a_gradient_of_lambda_is_the_same_scaling() {
    List<Model> models = List.of(Merging.layered("a", 4, 5, 1), Merging.layered("base", 4, 1, 1));

    byte[] lines = Merging.merged(chain(models, 1).beta(0.75).alpha(0.25), Merging.OUTPUT).bytes();

    assertThat(
            Merging.merged(
                    Merger.taskArithmetic()
                        .base(models.get(1))
                        .model(models.get(0))
                        .weight(1)
                        .lambda(0.25, 1),
                    Merging.OUTPUT)
                .bytes())
        .isEqualTo(lines);
  }
}
