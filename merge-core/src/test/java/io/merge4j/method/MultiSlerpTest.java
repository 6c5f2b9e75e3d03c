// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.merge4j.Merge;
import io.merge4j.MergeException;
import io.merge4j.MergeMethod;
import io.merge4j.Merger;
import io.merge4j.RecipeException;
import io.merge4j.model.Model;
import io.merge4j.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class MultiSlerpTest extends MergeMethodContract {

  private static final Offset<Float> CLOSE = within(1e-6f);

  @Override
  MergeMethod method() {
    return new MultiSlerp();
  }

  @Override
  Merge merge(List<Model> models, double[] weights) {
    return models.size() == 1
        ? Merger.using(method(), models.get(0)).with("weight", 1)
        : chain(models, weights);
  }

  private static MultiSlerp.WithWeight chain(List<Model> models, double... weights) {
    MultiSlerp.WithWeight merge =
        Merger.multislerp()
            .model(models.get(0))
            .weight(weights[0])
            .model(models.get(1))
            .weight(weights[1]);
    for (int i = 2; i < weights.length; i++) {
      merge = merge.model(models.get(i)).weight(weights[i]);
    }
    return merge;
  }

  /// All steps, the tangents that vanish included.
  @Override
  Optional<double[]> formula(double[][] x, double[] weights, Shape shape) {
    int n = x.length;
    int size = x[0].length;
    double sum = Arrays.stream(weights).sum();
    double[][] u = new double[n][size];
    double[] mean = new double[size];
    double length = 0;
    for (int i = 0; i < n; i++) {
      double norm = norm(x[i]);
      length += weights[i] / sum * norm;
      for (int k = 0; k < size; k++) {
        u[i][k] = x[i][k] / (norm + 1e-8);
        mean[k] += weights[i] / sum * u[i][k];
      }
    }
    double norm = norm(mean);
    double[] y = new double[size];
    if (norm < 1e-8) {
      for (int k = 0; k < size; k++) {
        y[k] = (weights[0] * x[0][k] + weights[1] * x[1][k]) / sum;
      }
      return Optional.of(y);
    }
    double[] tangent = new double[size];
    for (int k = 0; k < size; k++) {
      mean[k] /= norm;
    }
    for (int i = 0; i < n; i++) {
      double dot = 0;
      for (int k = 0; k < size; k++) {
        dot += u[i][k] * mean[k];
      }
      for (int k = 0; k < size; k++) {
        tangent[k] += weights[i] / sum * (u[i][k] - dot * mean[k]);
      }
    }
    double angle = norm(tangent) + 1e-8;
    for (int k = 0; k < size; k++) {
      y[k] = length * (mean[k] * Math.cos(angle) + tangent[k] * Math.sin(angle) / angle);
    }
    return Optional.of(y);
  }

  private static double norm(double[] x) {
    double square = 0;
    for (double value : x) {
      square += value * value;
    }
    return Math.sqrt(square);
  }

  @Override
  boolean spreadsNaN() {
    return true;
  }

  @Test
  void keeps_the_mean_length_in_the_mean_direction() {
    // m = (1, 1)/√2, length (2 + 4)/2 = 3
    List<Model> models = Merging.models(Shape.of(2), new float[] {2, 0}, new float[] {0, 4});

    float[] result = Merging.merged(chain(models, 0.5, 0.5));

    assertThat(result[0]).isEqualTo(2.1213202f, CLOSE);
    assertThat(result[1]).isEqualTo(2.1213202f, CLOSE);
  }

  @Test
  void a_large_eps_turns_away_from_the_mean() {
    // As above, but m / (n + eps) and the step of length eps, whose cosine is cos 0.5.
    List<Model> models = Merging.models(Shape.of(2), new float[] {2, 0}, new float[] {0, 2});

    float[] result = Merging.merged(chain(models, 0.5, 0.5).eps(0.5));

    assertThat(result[0]).isEqualTo((float) (Math.cos(0.5) * Math.sqrt(2)), CLOSE);
  }

  @Test
  void adds_the_average_task_vector_to_a_base() {
    List<Model> models =
        Merging.models(Shape.of(2), new float[] {3, 1}, new float[] {1, 5}, new float[] {1, 1});

    float[] result = Merging.merged(chain(models, 1, 1).base(models.get(2)));

    assertThat(result[0]).isEqualTo(3.1213202f, CLOSE);
    assertThat(result[1]).isEqualTo(3.1213202f, CLOSE);
  }

  @Test
  void weights_count_as_they_are_if_not_normalised() {
    // The direction is the same, the length 2 + 4.
    List<Model> models = Merging.models(Shape.of(2), new float[] {2, 0}, new float[] {0, 4});

    float[] result = Merging.merged(chain(models, 1, 1).normalizeWeights(false));

    assertThat(result[0]).isEqualTo(4.2426405f, CLOSE);
  }

  @Test
  void directions_of_three_models_that_cancel_out_are_an_error() {
    List<Model> models =
        Merging.models(Shape.of(2), new float[] {1, 0}, new float[] {-1, 1}, new float[] {0, -1});

    assertThatThrownBy(() -> Merging.merged(chain(models, 1, Math.sqrt(2), 1)))
        .isInstanceOf(MergeException.class)
        .hasMessageContaining("tensor w")
        .hasMessageContaining("3 models cancel out");
  }

  @Test
  void task_vectors_of_0_leave_the_base() {
    float[] x = {1, 2};
    List<Model> models = Merging.models(Shape.of(2), x, x, x, x);

    assertThat(Merging.merged(chain(models, 1, 1, 1, 0).base(models.get(3)))).containsExactly(x);
  }

  @Test
  void a_model_that_equals_the_base_leaves_the_digits_of_the_others() {
    float[] base = {1e36f, 1e36f};
    List<Model> models = Merging.models(Shape.of(2), base, new float[] {1.5e36f, 1.5e36f}, base);

    assertThat(Merging.merged(chain(models, 1, 1).base(models.get(2))))
        .containsExactly(1.25e36f, 1.25e36f);
  }

  @Test
  void refuses_weights_that_sum_to_0() {
    List<Model> models = Merging.models(Shape.of(2), new float[] {2, 0}, new float[] {0, 4});

    assertThatThrownBy(() -> chain(models, 1, -1).plan())
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("the weights sum to 0");
  }
}
