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

class ConsensusTaTest extends MergeMethodContract {

  @Override
  MergeMethod method() {
    return new ConsensusTa();
  }

  @Override
  Merge merge(List<Model> models, double[] weights) {
    return chain(models, weights).lambda(0.5);
  }

  private static ConsensusTa.WithWeight chain(List<Model> models, double[] weights) {
    ConsensusTa.WithWeight merge =
        Merger.consensusTa()
            .base(models.getLast())
            .model(models.get(0))
            .weight(weights[0])
            .maskLambda(0.5);
    for (int i = 1; i < models.size() - 1; i++) {
      merge = merge.model(models.get(i)).weight(weights[i]).maskLambda(0.5);
    }
    return merge;
  }

  @Override
  Optional<double[]> formula(double[][] x, double[] weights, Shape shape) {
    int n = x.length - 1;
    double[] merged = new double[x[n].length];
    for (int k = 0; k < merged.length; k++) {
      for (int i = 0; i < n; i++) {
        merged[k] += weights[i] * ((float) x[i][k] - (float) x[n][k]);
      }
    }
    return Optional.of(masked(x, merged, 0.5, 2, 0.5));
  }

  /// The base and what at least `least` models have a mask for.
  static double[] masked(
      double[][] x, double[] merged, double maskLambda, int least, double lambda) {
    int n = x.length - 1;
    double[] y = x[n].clone();
    for (int k = 0; k < y.length; k++) {
      int masks = 0;
      for (int i = 0; i < n; i++) {
        double d = (float) x[i][k] - (float) x[n][k];
        masks += Math.abs(d) > maskLambda * Math.abs(merged[k] - d) ? 1 : 0;
      }
      y[k] += masks >= least ? lambda * merged[k] : 0;
    }
    return y;
  }

  private static List<Model> two() {
    return Merging.models(
        Shape.of(4), new float[] {4, 1, 0, 3}, new float[] {3, -1, 2, -6}, new float[4]);
  }

  @Test
  void drops_what_matters_to_too_few() {
    ConsensusTa.WithWeight merge = chain(two(), new double[] {1, 1});

    // Sums 7 0 2 -3. Masks: 4 > 1.5 and 3 > 2 | 1 > 0.5 both | 0 > 1 no, 2 > 0 | 3 > 3 no, 6 > 1.5
    assertThat(Merging.merged(merge)).containsExactly(7, 0, 0, 0);
    assertThat(Merging.merged(merge.k(1))).containsExactly(7, 0, 2, -3);
    assertThat(Merging.merged(merge.lambda(0.5))).containsExactly(3.5f, 0, 0, 0);
  }

  @Test
  void without_votes_it_is_task_arithmetic() {
    double[] weights = {0.7, 0.4};
    List<Model> models =
        Merging.models(
            Shape.of(99), Merging.normal(1, 99), Merging.normal(2, 99), Merging.normal(3, 99));
    float[] plain =
        Merging.merged(
            Merger.taskArithmetic()
                .base(models.get(2))
                .model(models.get(0))
                .weight(0.7)
                .model(models.get(1))
                .weight(0.4));

    float[] merged = Merging.merged(chain(models, weights).k(0));

    for (int i = 0; i < 99; i++) {
      assertThat(Math.abs(merged[i] - plain[i])).isLessThanOrEqualTo(1e-7f);
    }
  }

  @Test
  void refuses_more_votes_than_there_are_models() {
    assertThatThrownBy(() -> chain(two(), new double[] {1, 1}).k(3).plan())
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("k is 3.0, expected at most 2");
  }

  @Test
  void keeps_to_its_formula_for_zeros_infinities_and_nan() {
    float[][] x = Merging.triplesOfExtremes();
    List<Model> models = Merging.models(Shape.of(x[2].length), x);

    for (double lambda : new double[] {-0.5, 0, 1}) {
      for (double k : new double[] {0.5, 1, 1.5, 2}) {
        float[] merged = Merging.merged(chain(models, new double[] {1, -0.25}).k(k).lambda(lambda));

        float[] expected = new float[merged.length];
        for (int j = 0; j < merged.length; j++) {
          float d = x[0][j] - x[2][j];
          float e = x[1][j] - x[2][j];
          float sum = (float) (d - 0.25 * e);
          expected[j] = (float) (x[2][j] + (matters(d, e, sum, 0.5) >= k ? lambda * sum : 0));
        }
        assertThat(merged).as("k = %s, lambda = %s", k, lambda).containsExactly(expected);
      }
    }
  }

  /// To how many of two models a merged change matters.
  static int matters(float d, float e, float merged, double maskLambda) {
    return matters(d, merged, maskLambda) + matters(e, merged, maskLambda);
  }

  private static int matters(float d, float merged, double maskLambda) {
    return Math.abs((double) d) > maskLambda * Math.abs((double) merged - d) ? 1 : 0;
  }
}
