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

class RamPlusTest extends MergeMethodContract {

  @Override
  MergeMethod method() {
    return new RamPlus();
  }

  @Override
  Merge merge(List<Model> models, double[] weights) {
    return chain(models).epsilon(0.01).alpha(0.7);
  }

  private static RamPlus.Models chain(List<Model> models) {
    RamPlus.Models merge = Merger.ramplus().base(models.getLast()).model(models.get(0));
    for (int i = 1; i < models.size() - 1; i++) {
      merge = merge.model(models.get(i));
    }
    return merge;
  }

  @Override
  Optional<double[]> formula(double[][] x, double[] weights, Shape shape) {
    int n = x.length - 1;
    double[] shared = new double[n];
    double[] unique = new double[n];
    for (int k = 0; k < x[n].length; k++) {
      int changed = 0;
      for (int i = 0; i < n; i++) {
        changed += Math.abs((float) x[i][k] - (float) x[n][k]) > 0.01f ? 1 : 0;
      }
      for (int i = 0; i < n; i++) {
        if (Math.abs((float) x[i][k] - (float) x[n][k]) > 0.01f) {
          shared[i] += changed > 1 ? 1 : 0;
          unique[i] += changed == 1 ? 1 : 0;
        }
      }
    }
    double[] factors = new double[n];
    for (int i = 0; i < n; i++) {
      factors[i] = 1 + 0.1 * Math.min(shared[i] / Math.max(unique[i], 0.01), 0.7);
    }
    return Optional.of(RamTest.ram(x, 0.01f, factors));
  }

  @Test
  void amplifies_lone_changes_by_the_share_of_shared_ones() {
    // Model 0 changed 0 (shared) and 1, 2 alone: ratio 1/2. Model 1 changed 0 alone of none:
    // unused.
    List<Model> models =
        Merging.models(Shape.of(3), new float[] {2, 4, -4}, new float[] {4, 0, 0}, new float[3]);

    assertThat(Merging.merged(chain(models).r(0.5).alpha(1))).containsExactly(3, 5, -5);
    // Clamped to 1/4.
    assertThat(Merging.merged(chain(models).r(1).alpha(0.25))).containsExactly(3, 5, -5);
  }
}
