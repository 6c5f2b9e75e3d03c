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

class MagMaxTest extends MergeMethodContract {

  @Override
  MergeMethod method() {
    return new MagMax();
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
    Unweighted.TaskModels merge = Merger.magmax().base(models.getLast()).model(models.get(0));
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
      double largest = 0;
      for (int i = 0; i < n; i++) {
        double d = (float) x[i][k] - (float) x[n][k];
        largest = Math.abs(d) >= Math.abs(largest) ? d : largest;
      }
      y[k] += 0.5 * largest;
    }
    return Optional.of(y);
  }

  @Test
  void takes_the_largest_change_and_of_equal_ones_the_last() {
    List<Model> models =
        Merging.models(
            Shape.of(4),
            new float[] {2, -2, 3, 1},
            new float[] {-1, 3, -1, 1},
            new float[] {1, 1, 1, 1});

    // Changes 1 -3 2 0 and -2 2 -2 0.
    assertThat(Merging.merged(chain(models))).containsExactly(-1, -2, -1, 1);
    assertThat(Merging.merged(chain(models).lambda(0.5))).containsExactly(0, -0.5f, 0, 1);
  }

  @Test
  void keeps_to_its_formula_for_zeros_infinities_and_nan() {
    float[][] x = Merging.triplesOfExtremes();

    float[] merged = Merging.merged(chain(Merging.models(Shape.of(x[2].length), x)).lambda(-0.5));

    float[] expected = new float[merged.length];
    for (int k = 0; k < merged.length; k++) {
      float d = x[0][k] - x[2][k];
      float e = x[1][k] - x[2][k];
      boolean isFirst = Float.isNaN(d) || Math.abs(d) > Math.abs(e);
      expected[k] = (float) (x[2][k] - 0.5 * (isFirst ? d : e));
    }
    assertThat(merged).containsExactly(expected);
  }
}
