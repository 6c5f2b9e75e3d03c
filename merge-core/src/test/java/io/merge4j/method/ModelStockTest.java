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

class ModelStockTest extends MergeMethodContract {

  private static final Offset<Float> CLOSE = within(1e-6f);

  @Override
  MergeMethod method() {
    return new ModelStock();
  }

  @Override
  Merge merge(List<Model> models, double[] weights) {
    return models.size() == 2
        ? Merger.using(method(), models.get(0)).base(models.get(1))
        : chain(models);
  }

  static ModelStock.Models chain(List<Model> models) {
    ModelStock.Models merge =
        Merger.modelStock().base(models.getLast()).model(models.get(0)).model(models.get(1));
    for (Model model : models.subList(2, models.size() - 1)) {
      merge = merge.model(model);
    }
    return merge;
  }

  @Override
  Optional<double[]> formula(double[][] x, double[] weights, Shape shape) {
    double[] y = new double[x[0].length];
    stock(x, 0, y.length, y);
    return Optional.of(y);
  }

  /// Merges `count` elements from `from` on.
  static void stock(double[][] x, int from, int count, double[] y) {
    int n = x.length - 1;
    double cosines = 0;
    for (int i = 0; i < n; i++) {
      for (int j = i + 1; j < n; j++) {
        double[] p = new double[3];
        for (int k = from; k < from + count; k++) {
          double a = x[i][k] - x[n][k];
          double b = x[j][k] - x[n][k];
          p[0] += a * a;
          p[1] += b * b;
          p[2] += a * b;
        }
        cosines += Math.clamp(p[2] / Math.max(1e-6, Math.sqrt(p[0] * p[1])), -1, 1);
      }
    }
    double c = cosines / (n * (n - 1) / 2.0);
    double t = Math.abs(1 + (n - 1) * c) < 1e-12 ? 0 : n * c / (1 + (n - 1) * c);
    for (int k = from; k < from + count; k++) {
      double mean = 0;
      for (int i = 0; i < n; i++) {
        mean += x[i][k] / n;
      }
      y[k] = t * mean + (1 - t) * x[n][k];
    }
  }

  @Override
  boolean spreadsNaN() {
    return true;
  }

  private static final float[] BASE = {1, 1, 1, 1};

  /// Differences (1 0; 0 2) and (1 1; 0 2).
  private static final List<Model> MATRICES =
      Merging.models(Shape.of(2, 2), new float[] {2, 1, 1, 3}, new float[] {2, 2, 1, 3}, BASE);

  @Test
  void agreement_decides_how_far_from_the_base() {
    // c = 5/√(5·6) = 0.9128709, t = 2c/(1 + c) = 0.9544512; the mean difference is (1 0.5; 0 2)
    float[] result = Merging.merged(chain(MATRICES));

    assertThat(result[0]).isEqualTo(1.9544512f, CLOSE);
    assertThat(result[1]).isEqualTo(1.4772255f, CLOSE);
    assertThat(result[2]).isEqualTo(1, CLOSE);
    assertThat(result[3]).isEqualTo(2.9089024f, CLOSE);
  }

  @Test
  void each_row_may_decide_for_itself() {
    // Row 1: c = 1/√2, t = 2c/(1 + c) = 0.8284271; row 2: c = 1, t = 1
    float[] result = Merging.merged(chain(MATRICES).filterWise(true));

    assertThat(result[0]).isEqualTo(1.8284271f, CLOSE);
    assertThat(result[1]).isEqualTo(1.4142137f, CLOSE);
    assertThat(result[2]).isEqualTo(1, CLOSE);
    assertThat(result[3]).isEqualTo(3, CLOSE);
  }

  @Test
  void opposite_task_vectors_give_the_base() {
    List<Model> models =
        Merging.models(Shape.of(4), new float[] {2, 2, 1, 1}, new float[] {0, 0, 1, 1}, BASE);

    assertThat(Merging.merged(chain(models))).containsExactly(BASE);
  }

  @Test
  void perpendicular_task_vectors_give_the_base() {
    List<Model> models =
        Merging.models(Shape.of(4), new float[] {2, 1, 1, 1}, new float[] {1, 2, 1, 1}, BASE);

    assertThat(Merging.merged(chain(models))).containsExactly(BASE);
  }
}
