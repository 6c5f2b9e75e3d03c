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

class NearSwapTest extends MergeMethodContract {

  @Override
  MergeMethod method() {
    return new NearSwap();
  }

  @Override
  Merge merge(List<Model> models, double[] weights) {
    return Merger.nearswap().base(models.getLast()).model(models.get(0)).t(0.005);
  }

  @Override
  Optional<double[]> formula(double[][] x, double[] weights, Shape shape) {
    double[] y = x[1].clone();
    for (int k = 0; k < y.length; k++) {
      double q = Math.min(0.005 / Math.max(Math.abs(x[1][k] - x[0][k]), 1e-6), 1);
      y[k] = q * x[0][k] + (1 - q) * x[1][k];
    }
    return Optional.of(y);
  }

  @Test
  void swaps_what_is_near_and_moves_the_rest_by_t() {
    List<Model> models =
        Merging.models(Shape.of(3), new float[] {1.25f, 3, -2}, new float[] {1, 1, 2});

    assertThat(Merging.merged(Merger.nearswap().base(models.get(1)).model(models.get(0)).t(0.5)))
        .containsExactly(1.25f, 1.5f, 1.5f);
  }

  @Test
  void t_of_0_gives_the_base() {
    List<Model> models = Merging.models(Shape.of(2), new float[] {1, 3}, new float[] {2, 2});

    assertThat(Merging.merged(Merger.nearswap().base(models.get(1)).model(models.get(0)).t(0)))
        .containsExactly(2, 2);
  }
}
