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

class TaskArithmeticTest extends MergeMethodContract {

  @Override
  MergeMethod method() {
    return new TaskArithmetic();
  }

  @Override
  Merge merge(List<Model> models, double[] weights) {
    return chain(models, weights);
  }

  private static TaskArithmetic.WithWeight chain(List<Model> models, double... weights) {
    TaskArithmetic.WithWeight merge =
        Merger.taskArithmetic().base(models.getLast()).model(models.get(0)).weight(weights[0]);
    for (int i = 1; i < models.size() - 1; i++) {
      merge = merge.model(models.get(i)).weight(weights[i]);
    }
    return merge;
  }

  @Override
  Optional<double[]> formula(double[][] x, double[] weights, Shape shape) {
    double[] b = x[x.length - 1];
    double[] y = b.clone();
    for (int i = 0; i < x.length - 1; i++) {
      for (int k = 0; k < y.length; k++) {
        y[k] += weights[i] * (x[i][k] - b[k]);
      }
    }
    return Optional.of(y);
  }

  /// Two models and a base: d1 = [1 -2; 0 4], d2 = [2 2; -4 0].
  private static List<Model> matrices() {
    return Merging.models(
        Shape.of(2, 2),
        new float[] {2, 0, 3, 8},
        new float[] {3, 4, -1, 4},
        new float[] {1, 2, 3, 4});
  }

  @Test
  void adds_weighted_differences_to_the_base() {
    // b + 0.5 d1 + 0.25 d2
    assertThat(Merging.merged(chain(matrices(), 0.5, 0.25))).containsExactly(2, 1.5f, 2, 6);
  }

  @Test
  void a_negative_weight_takes_a_task_away() {
    // b - d1
    assertThat(Merging.merged(chain(matrices(), -1, 0))).containsExactly(0, 4, 3, 0);
  }

  @Test
  void lambda_scales_the_sum_and_may_be_refined() {
    // b + 2 (d1 + d2) and, in "w", b - (d1 + d2)
    Merge scaled = chain(matrices(), 1, 1).lambda(2);
    Merge refined = chain(matrices(), 1, 1).lambda(2).filter("w", -1);

    assertThat(Merging.merged(scaled)).containsExactly(7, 2, -5, 12);
    assertThat(Merging.merged(refined)).containsExactly(-2, 2, 7, 0);
  }

  @Test
  void normalize_divides_by_the_sum_of_the_weights_unless_it_is_0() {
    // (d1 + 3 d2) / 4 = [1.75 1; -3 1]; d1 - d2 = [-1 -4; 4 4]
    Merge divided = chain(matrices(), 1, 3).normalize(true);
    Merge undivided = chain(matrices(), 1, -1).normalize(true).lambda(1);

    assertThat(Merging.merged(divided)).containsExactly(2.75f, 3, 0, 5);
    assertThat(Merging.merged(undivided)).containsExactly(0, -2, 7, 8);
  }

  @Test
  void weights_of_0_copy_the_base() {
    assertThat(Merging.merged(chain(matrices(), 0, 0))).containsExactly(1, 2, 3, 4);
  }
}
