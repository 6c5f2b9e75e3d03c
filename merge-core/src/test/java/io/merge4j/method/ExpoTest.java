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

class ExpoTest extends MergeMethodContract {

  @Override
  MergeMethod method() {
    return new Expo();
  }

  @Override
  Merge merge(List<Model> models, double[] weights) {
    return Merger.expo().base(models.get(1)).model(models.get(0)).alpha(0.3);
  }

  @Override
  Optional<double[]> formula(double[][] x, double[] weights, Shape shape) {
    double[] y = new double[x[0].length];
    for (int k = 0; k < y.length; k++) {
      y[k] = x[0][k] + 0.3 * (x[0][k] - x[1][k]);
    }
    return Optional.of(y);
  }

  @Test
  void goes_on_from_the_base_through_the_model() {
    List<Model> models = Merging.models(Shape.of(3), new float[] {2, 2, 2}, new float[] {1, 2, 4});

    Merge merge = Merger.expo().base(models.get(1)).model(models.get(0)).alpha(0.5);

    assertThat(Merging.merged(merge)).containsExactly(2.5f, 2, 1);
  }

  @Test
  void alpha_of_0_copies_the_model_and_follows_depth_and_name() {
    Model model = Merging.layered("a", 3, 2, 2);
    Model base = Merging.layered("b", 3, 1, 4);

    Merging.Result result =
        Merging.merged(
            Merger.expo().base(base).model(model).alpha(0, 1).filter("norm", -1), Merging.OUTPUT);

    assertThat(result.tensor("layers.0.mlp.up.weight")).containsExactly(2, 2);
    assertThat(result.tensor("layers.1.mlp.up.weight")).containsExactly(2.5f, 1);
    assertThat(result.tensor("layers.2.mlp.up.weight")).containsExactly(3, 0);
    assertThat(result.tensor("norm.weight")).containsExactly(1, 4);
  }
}
