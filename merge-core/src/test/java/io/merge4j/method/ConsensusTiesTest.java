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

class ConsensusTiesTest extends MergeMethodContract {

  @Override
  MergeMethod method() {
    return new ConsensusTies();
  }

  private static final double DENSITY = 0.5;

  @Override
  Merge merge(List<Model> models, double[] weights) {
    return chain(models, weights).lambda(0.5);
  }

  private static ConsensusTies.WithWeight chain(List<Model> models, double[] weights) {
    ConsensusTies.WithWeight merge =
        Merger.consensusTies()
            .base(models.getLast())
            .model(models.get(0))
            .weight(weights[0])
            .density(DENSITY)
            .maskLambda(0.5);
    for (int i = 1; i < models.size() - 1; i++) {
      merge = merge.model(models.get(i)).weight(weights[i]).density(DENSITY).maskLambda(0.5);
    }
    return merge;
  }

  @Override
  Optional<double[]> formula(double[][] x, double[] weights, Shape shape) {
    int n = x.length - 1;
    int size = x[n].length;
    double[][] kept = new double[n][];
    for (int i = 0; i < n; i++) {
      double[] d = new double[size];
      for (int k = 0; k < size; k++) {
        d[k] = (float) x[i][k] - (float) x[n][k];
      }
      kept[i] = SparseMethodContract.ranked(d, 0, (long) (DENSITY * size));
    }
    double[] merged = new double[size];
    for (int k = 0; k < size; k++) {
      double vote = 0;
      for (int i = 0; i < n; i++) {
        vote += weights[i] * kept[i][k];
      }
      for (int i = 0; i < n; i++) {
        double v = weights[i] * kept[i][k];
        merged[k] += (vote >= 0 ? v > 0 : v < 0) ? v : 0;
      }
    }
    return Optional.of(ConsensusTaTest.masked(x, merged, 0.5, 2, 0.5));
  }

  private static List<Model> two() {
    return Merging.models(
        Shape.of(4), new float[] {4, 1, 0, 3}, new float[] {3, -1, 2, -6}, new float[4]);
  }

  @Test
  void drops_what_matters_to_too_few() {
    ConsensusTies.WithWeight merge = chain(two(), new double[] {1, 1});

    // Trimmed 4 0 0 3 and 3 0 0 -6, merged 7 0 0 -6. Masks look at what was not trimmed:
    // 4 > 1.5 and 3 > 2 | 1 > 0.5 both | 0 > 0 no, 2 > 1 | 3 > 4.5 no, 6 > 0
    assertThat(Merging.merged(merge)).containsExactly(7, 0, 0, 0);
    assertThat(Merging.merged(merge.k(1))).containsExactly(7, 0, 0, -6);
    assertThat(Merging.merged(merge.normalize(true))).containsExactly(3.5f, 0, 0, 0);
  }

  @Test
  void without_votes_it_is_ties() {
    List<Model> models =
        Merging.models(
            Shape.of(99), Merging.normal(1, 99), Merging.normal(2, 99), Merging.normal(3, 99));
    float[] plain =
        Merging.merged(
            Merger.ties()
                .base(models.get(2))
                .model(models.get(0))
                .weight(0.7)
                .density(DENSITY)
                .model(models.get(1))
                .weight(0.4)
                .density(DENSITY)
                .normalize(false));

    assertThat(Merging.merged(chain(models, new double[] {0.7, 0.4}).k(0))).isEqualTo(plain);
  }

  @Test
  void keeps_to_its_formula_for_zeros_infinities_and_nan() {
    float[][] x = Merging.triplesOfExtremes();
    List<Model> models = Merging.models(Shape.of(x[2].length), x);

    for (double k : new double[] {1, 2}) {
      float[] merged =
          Merging.merged(
              Merger.consensusTies()
                  .base(models.get(2))
                  .model(models.get(0))
                  .weight(1)
                  .maskLambda(0.5)
                  .model(models.get(1))
                  .weight(-0.25)
                  .maskLambda(0.5)
                  .k(k)
                  .lambda(-0.5));

      float[] expected = new float[merged.length];
      for (int j = 0; j < merged.length; j++) {
        float d = x[0][j] - x[2][j];
        float e = x[1][j] - x[2][j];
        float elected = elected(d, -0.25 * e);
        int votes = ConsensusTaTest.matters(d, e, elected, 0.5);
        expected[j] = (float) (x[2][j] + (votes >= k ? -0.5 * elected : 0));
      }
      assertThat(merged).as("k = %s", k).containsExactly(expected);
    }
  }

  /// The sum of those that have the sign of the sum of both.
  private static float elected(double v, double w) {
    double votes = 0.0 + v + w;
    double sign = votes < 0 ? -1 : 1;
    double sum = 0.0 + (sign * v > 0 ? v : 0) + (sign * w > 0 ? w : 0);
    return (float) (Double.isNaN(votes) ? Double.NaN : sum);
  }

  @Test
  void refuses_more_votes_than_there_are_models() {
    assertThatThrownBy(() -> chain(two(), new double[] {1, 1}).k(3).plan())
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("k is 3.0, expected at most 2");
  }
}
