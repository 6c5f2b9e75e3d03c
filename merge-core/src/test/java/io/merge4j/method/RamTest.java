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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RamTest extends MergeMethodContract {

  @Override
  MergeMethod method() {
    return new Ram();
  }

  @Override
  Merge merge(List<Model> models, double[] weights) {
    return chain(models).epsilon(0.01);
  }

  private static Ram.Models chain(List<Model> models) {
    Ram.Models merge = Merger.ram().base(models.getLast()).model(models.get(0));
    for (int i = 1; i < models.size() - 1; i++) {
      merge = merge.model(models.get(i));
    }
    return merge;
  }

  @Override
  Optional<double[]> formula(double[][] x, double[] weights, Shape shape) {
    return Optional.of(ram(x, 0.01f, new double[] {1}));
  }

  /// The rule with factors of lone changes, by model.
  static double[] ram(double[][] x, float epsilon, double[] factors) {
    int n = x.length - 1;
    double[] y = x[n].clone();
    for (int k = 0; k < y.length; k++) {
      double sum = 0;
      int changed = 0;
      int last = 0;
      for (int i = 0; i < n; i++) {
        float d = (float) x[i][k] - (float) x[n][k];
        if (Math.abs(d) > epsilon) {
          sum += d;
          changed++;
          last = i;
        }
      }
      y[k] +=
          changed == 0 ? 0 : changed == 1 ? factors[last % factors.length] * sum : sum / changed;
    }
    return y;
  }

  @Test
  void adds_lone_changes_whole_and_means_of_shared_ones() {
    List<Model> models =
        Merging.models(
            Shape.of(4),
            new float[] {1, 5, 1, 1.25f},
            new float[] {3, 9, 1, 1},
            new float[] {1, 1, 1, 1});

    assertThat(Merging.merged(chain(models).epsilon(0.25))).containsExactly(3, 7, 1, 1);
  }

  @Test
  void keeps_to_its_formula_for_zeros_infinities_and_nan() {
    float[][] x = Merging.triplesOfExtremes();

    float[] merged = Merging.merged(chain(Merging.models(Shape.of(x[2].length), x)).epsilon(1.5));

    float[] expected = new float[merged.length];
    for (int k = 0; k < merged.length; k++) {
      double sum = 0;
      int changed = 0;
      for (int i = 0; i < 2; i++) {
        float d = x[i][k] - x[2][k];
        if (Float.isNaN(d) || Math.abs(d) > 1.5) {
          sum += d;
          changed++;
        }
      }
      expected[k] = (float) (x[2][k] + sum / Math.max(1, changed));
    }
    assertThat(merged).containsExactly(expected);
  }

  @Test
  void changes_up_to_epsilon_do_not_count_even_if_float32_cannot_tell() {
    // The float32 nearest to 1e-5 is below it, the one nearest to 1e-7 above.
    float[] near = {1e-5f, Math.nextUp(1e-5f), Math.nextDown(1e-7f), 1e-7f};
    List<Model> models = Merging.models(Shape.of(4), near, new float[4]);

    assertThat(Merging.merged(chain(models).epsilon(1e-5))).containsExactly(0, near[1], 0, 0);
    assertThat(Merging.merged(chain(models).epsilon(1e-7)))
        .containsExactly(near[0], near[1], 0, 1e-7f);
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.0, 0, 1e-60})
  void any_change_counts_above_the_least_epsilon(double epsilon) {
    float[] x = {Float.MIN_VALUE, -1, 0, Float.MAX_VALUE};
    List<Model> models = Merging.models(Shape.of(4), x, new float[4]);

    assertThat(Merging.merged(chain(models).epsilon(epsilon))).containsExactly(x);
  }

  @ParameterizedTest
  @ValueSource(doubles = {1e300, Double.MAX_VALUE})
  void no_finite_change_counts_up_to_the_greatest_epsilon(double epsilon) {
    float[] x = {Float.MIN_VALUE, -1, 0, Float.MAX_VALUE};
    List<Model> models = Merging.models(Shape.of(4), x, new float[4]);

    assertThat(Merging.merged(chain(models).epsilon(epsilon))).containsExactly(new float[4]);
  }
}
