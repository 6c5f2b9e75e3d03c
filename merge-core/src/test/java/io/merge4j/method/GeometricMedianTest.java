// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.merge4j.Merge;
import io.merge4j.MergeMethod;
import io.merge4j.Merger;
import io.merge4j.model.Model;
import io.merge4j.tensor.Shape;
import java.util.List;
import java.util.Optional;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class GeometricMedianTest extends MergeMethodContract {

  private static final Offset<Float> CLOSE = within(1e-6f);

  @Override
  MergeMethod method() {
    return new GeometricMedian();
  }

  @Override
  int models() {
    return 3;
  }

  @Override
  Merge merge(List<Model> models, double[] weights) {
    return models.size() == 1 ? Merger.using(method(), models.get(0)) : chain(models);
  }

  private static GeometricMedian.Models chain(List<Model> models) {
    GeometricMedian.Models merge =
        Merger.geometricMedian().model(models.get(0)).model(models.get(1));
    for (Model model : models.subList(2, models.size())) {
      merge = merge.model(model);
    }
    return merge;
  }

  /// Weiszfeld's iteration on whole vectors, long enough.
  @Override
  Optional<double[]> formula(double[][] x, double[] weights, Shape shape) {
    int size = x[0].length;
    double[] y = new double[size];
    for (double[] operand : x) {
      for (int k = 0; k < size; k++) {
        y[k] += operand[k] / x.length;
      }
    }
    for (int iteration = 0; iteration < (size > 10_000 ? 30 : 500); iteration++) {
      double[] next = new double[size];
      double sum = 0;
      for (double[] operand : x) {
        double square = 0;
        for (int k = 0; k < size; k++) {
          square += (operand[k] - y[k]) * (operand[k] - y[k]);
        }
        double share = 1 / Math.max(1e-300, Math.sqrt(square));
        sum += share;
        for (int k = 0; k < size; k++) {
          next[k] += share * operand[k];
        }
      }
      for (int k = 0; k < size; k++) {
        y[k] = next[k] / sum;
      }
    }
    return Optional.of(y);
  }

  @Override
  boolean spreadsNaN() {
    return true;
  }

  @Test
  void of_a_triangle_it_is_the_point_that_sees_all_sides_under_120_degrees() {
    // Right angle at the origin: x = y = (3 - √3)/6.
    List<Model> models =
        Merging.models(Shape.of(2), new float[] {0, 0}, new float[] {1, 0}, new float[] {0, 1});

    float[] result = Merging.merged(chain(models));

    assertThat(result[0]).isEqualTo(0.21132487f, CLOSE);
    assertThat(result[1]).isEqualTo(0.21132487f, CLOSE);
  }

  @Test
  void a_stray_model_does_not_drag_it_away() {
    List<Model> models =
        Merging.models(Shape.of(2), new float[] {0, 3}, new float[] {1, 3}, new float[] {1e6f, 3});

    assertThat(Merging.merged(chain(models))).containsExactly(1, 3);
  }

  @Test
  void a_model_at_the_mean_is_the_median_if_the_others_pull_in_balance() {
    // Unit vectors from (1, 0), the mean: (-1, 0) + (0.6, 0.8) + (0.6, -0.8) = (0.2, 0), less than
    // 1.
    List<Model> held =
        Merging.models(
            Shape.of(2),
            new float[] {-5, 0},
            new float[] {1, 0},
            new float[] {4, 4},
            new float[] {4, -4});

    assertThat(Merging.merged(chain(held))).containsExactly(1, 0);
  }

  @Test
  void it_leaves_a_model_that_it_starts_on_but_that_is_no_median() {
    // The mean is the last point, (0, 0); the unit vectors from it sum up to (2, 0).
    List<Model> models =
        Merging.models(
            Shape.of(1),
            new float[] {1},
            new float[] {1},
            new float[] {1},
            new float[] {-3},
            new float[] {0});

    assertThat(Merging.merged(chain(models))[0]).isEqualTo(1, within(1e-5f));
  }

  @Test
  void of_two_models_it_is_the_mean() {
    List<Model> models = Merging.models(Shape.of(2), new float[] {0, 3}, new float[] {1, 5});

    assertThat(Merging.merged(chain(models))).containsExactly(0.5f, 4);
  }
}
