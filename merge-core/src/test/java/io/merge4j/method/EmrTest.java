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

class EmrTest extends MergeMethodContract {

  @Override
  MergeMethod method() {
    return new Emr();
  }

  @Override
  Order order() {
    return Order.SAME_BITS;
  }

  @Override
  Merge merge(List<Model> models, double[] weights) {
    return chain(models).lambda(0.5);
  }

  private static Unweighted.TaskModels chain(List<Model> models) {
    Unweighted.TaskModels merge = Merger.emr().base(models.getLast()).model(models.get(0));
    for (int i = 1; i < models.size() - 1; i++) {
      merge = merge.model(models.get(i));
    }
    return merge;
  }

  @Override
  Optional<double[]> formula(double[][] x, double[] weights, Shape shape) {
    int n = x.length - 1;
    double[] y = x[n].clone();
    for (int k = 0; k < y.length; k++) {
      double sum = 0;
      for (int i = 0; i < n; i++) {
        sum += (float) x[i][k] - (float) x[n][k];
      }
      double largest = 0;
      for (int i = 0; i < n; i++) {
        double d = (float) x[i][k] - (float) x[n][k];
        boolean agrees = sum > 0 ? d > 0 : d < 0;
        largest = agrees && Math.abs(d) > Math.abs(largest) ? d : largest;
      }
      y[k] += sum == 0 ? 0 : 0.5 * largest;
    }
    return Optional.of(y);
  }

  @Test
  void adds_the_largest_change_of_the_elected_sign() {
    List<Model> models =
        Merging.models(
            Shape.of(5),
            new float[] {4, 0, 3, 2, 2},
            new float[] {2, -3, -1, -2, 0},
            new float[] {-1, 3, 1.5f, 2, 1},
            new float[] {1, 1, 1, 1, 1});

    // Changes 3 -1 2 1 1, 1 -4 -2 -3 -1 and -2 2 0.5 1 0; sums 2 -3 0.5 -1 0.
    assertThat(Merging.merged(chain(models))).containsExactly(4, -3, 3, -2, 1);
  }

  @Test
  void keeps_to_its_formula_for_zeros_infinities_and_nan() {
    float[][] x = Merging.triplesOfExtremes();

    for (double lambda : new double[] {-0.5, 0, 1}) {
      float[] merged =
          Merging.merged(chain(Merging.models(Shape.of(x[2].length), x)).lambda(lambda));

      float[] expected = new float[merged.length];
      for (int k = 0; k < merged.length; k++) {
        float d = x[0][k] - x[2][k];
        float e = x[1][k] - x[2][k];
        double sign = Math.signum(0.0 + d + e);
        double largest = Math.max(0, Math.max(sign * d, sign * e));
        expected[k] = (float) (x[2][k] + lambda * (sign * largest));
      }
      assertThat(merged).as("lambda = %s", lambda).containsExactly(expected);
    }
  }
}
