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

class SceTest extends MergeMethodContract {

  @Override
  MergeMethod method() {
    return new Sce();
  }

  private static final double TOPK = 0.4;

  @Override
  boolean spreadsNaN() {
    return true;
  }

  @Override
  Merge merge(List<Model> models, double[] weights) {
    return chain(models).selectTopk(TOPK);
  }

  private static Sce.Models chain(List<Model> models) {
    Sce.Models merge = Merger.sce().base(models.getLast()).model(models.get(0));
    for (int i = 1; i < models.size() - 1; i++) {
      merge = merge.model(models.get(i));
    }
    return merge;
  }

  @Override
  Optional<double[]> formula(double[][] x, double[] weights, Shape shape) {
    int n = x.length - 1;
    int size = x[n].length;
    double[][] d = new double[n][size];
    double[] variance = new double[size];
    int differing = 0;
    for (int k = 0; k < size; k++) {
      double sum = 0;
      double squares = 0;
      for (int i = 0; i < n; i++) {
        d[i][k] = (float) x[i][k] - (float) x[n][k];
        sum += x[i][k] - x[n][k];
      }
      for (int i = 0; i < n; i++) {
        squares += Math.pow(x[i][k] - x[n][k] - sum / n, 2);
      }
      variance[k] = (float) (squares / n);
      differing += variance[k] == 0 ? 0 : 1;
    }
    double[] kept = SparseMethodContract.ranked(variance, 0, (long) (TOPK * differing));
    double[] c = new double[n];
    double total = 0;
    for (int i = 0; i < n; i++) {
      for (int k = 0; k < size; k++) {
        d[i][k] = kept[k] == 0 ? 0 : d[i][k];
        c[i] += d[i][k] * d[i][k] / size;
      }
      total += c[i];
    }
    double[] y = x[n].clone();
    for (int k = 0; k < size; k++) {
      double vote = 0;
      for (int i = 0; i < n; i++) {
        vote += d[i][k];
      }
      double sum = 0;
      double divisor = 0;
      for (int i = 0; i < n; i++) {
        double weight = total < 1e-6 ? 1.0 / n : c[i] / total;
        if (vote >= 0 ? d[i][k] > 0 : d[i][k] < 0) {
          sum += weight * d[i][k];
          divisor += weight;
        }
      }
      y[k] += sum / Math.max(divisor, 1e-6);
    }
    return Optional.of(y);
  }

  @Test
  void weighs_models_by_their_changes_where_signs_agree() {
    // Means of squares (16+4)/2 and (4+36)/2: weights 1/3 and 2/3. Sums 6 and -4: + and -.
    List<Model> models =
        Merging.models(Shape.of(2), new float[] {4, 2}, new float[] {2, -6}, new float[2]);

    // (4/3 + 4/3) / 1 and -6
    assertThat(Merging.merged(chain(models))).containsExactly((float) (8 / 3.0), -6);
  }

  @Test
  void keeps_the_elements_on_which_models_differ_most() {
    // Variances 0 1 9 4; half of the three that differ is one, element 2. Equal weights.
    List<Model> models =
        Merging.models(
            Shape.of(4), new float[] {5, 1, 3, 2}, new float[] {5, -1, -3, -2}, new float[4]);

    assertThat(Merging.merged(chain(models).selectTopk(0.5))).containsExactly(0, 0, 3, 0);
    assertThat(Merging.merged(chain(models).selectTopk(0))).containsExactly(0, 0, 0, 0);
  }
}
