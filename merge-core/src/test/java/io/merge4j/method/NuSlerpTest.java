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

class NuSlerpTest extends MergeMethodContract {

  private static final Offset<Float> CLOSE = within(1e-6f);

  @Override
  MergeMethod method() {
    return new NuSlerp();
  }

  @Override
  Merge merge(List<Model> models, double[] weights) {
    return models.size() == 1
        ? Merger.using(method(), models.get(0)).with("weight", 1)
        : chain(models, weights);
  }

  static NuSlerp.WithWeights chain(List<Model> models, double... weights) {
    return Merger.nuslerp()
        .model(models.get(0))
        .weight(weights[0])
        .model(models.get(1))
        .weight(weights[1]);
  }

  @Override
  Optional<double[]> formula(double[][] x, double[] weights, Shape shape) {
    double[] y = new double[x[0].length];
    slerp(x[0], x[1], weights[1] / (weights[0] + weights[1]), 0, y.length, 1, y);
    return Optional.of(y);
  }

  /// Slerp of `count` elements of `a` and `b`, `stride` apart.
  static void slerp(double[] a, double[] b, double t, int from, int count, int stride, double[] y) {
    double aa = 0;
    double bb = 0;
    double ab = 0;
    for (int k = 0, i = from; k < count; k++, i += stride) {
      aa += a[i] * a[i];
      bb += b[i] * b[i];
      ab += a[i] * b[i];
    }
    double cosine = aa == 0 || bb == 0 ? 0 : ab / Math.sqrt(aa * bb);
    double theta = Math.acos(Math.clamp(cosine, -1, 1));
    boolean straight = Math.sin(theta) < 1e-7;
    double first = straight ? 1 - t : Math.sin((1 - t) * theta) / Math.sin(theta);
    double second = straight ? t : Math.sin(t * theta) / Math.sin(theta);
    for (int k = 0, i = from; k < count; k++, i += stride) {
      y[i] = first * a[i] + second * b[i];
    }
  }

  @Override
  boolean spreadsNaN() {
    return true;
  }

  /// Rows: perpendicular, and parallel. Columns of its transpose likewise.
  private static final float[] A = {1, 0, 2, 0};

  private static final float[] B = {0, 1, 4, 0};

  @Test
  void the_weights_are_the_place_on_the_arc() {
    // θ = 90°, t = 2/3: sin 30° of the first, sin 60° of the second.
    List<Model> models = Merging.models(Shape.of(2), new float[] {1, 0}, new float[] {0, 1});

    float[] result = Merging.merged(chain(models, 1, 2));

    assertThat(result[0]).isEqualTo(0.5f, CLOSE);
    assertThat(result[1]).isEqualTo((float) Math.sqrt(0.75), CLOSE);
  }

  @Test
  void weights_that_sum_to_0_mean_the_middle() {
    List<Model> models = Merging.models(Shape.of(2), new float[] {1, 0}, new float[] {0, 1});

    assertThat(Merging.merged(chain(models, 1, -1))[0]).isEqualTo((float) Math.sqrt(0.5), CLOSE);
  }

  @Test
  void each_row_has_an_angle_of_its_own() {
    // Row 1 as above; row 2 is straight: 2/3 + 8/3.
    float[] result = Merging.merged(chain(Merging.models(Shape.of(2, 2), A, B), 1, 2).perRow());

    assertThat(result[0]).isEqualTo(0.5f, CLOSE);
    assertThat(result[1]).isEqualTo((float) Math.sqrt(0.75), CLOSE);
    assertThat(result[2]).isEqualTo(10 / 3f, CLOSE);
    assertThat(result[3]).isEqualTo(0);
  }

  @Test
  void each_column_has_an_angle_of_its_own() {
    float[] result =
        Merging.merged(
            chain(
                    Merging.models(
                        Shape.of(2, 2), new float[] {1, 2, 0, 0}, new float[] {0, 4, 1, 0}),
                    1,
                    2)
                .perColumn());

    assertThat(result[0]).isEqualTo(0.5f, CLOSE);
    assertThat(result[1]).isEqualTo(10 / 3f, CLOSE);
    assertThat(result[2]).isEqualTo((float) Math.sqrt(0.75), CLOSE);
    assertThat(result[3]).isEqualTo(0);
  }

  @Test
  void with_a_base_the_task_vectors_are_interpolated() {
    // Differences A and B from a base of ones.
    List<Model> models =
        Merging.models(
            Shape.of(2, 2),
            new float[] {2, 1, 3, 1},
            new float[] {1, 2, 5, 1},
            new float[] {1, 1, 1, 1});

    float[] result = Merging.merged(chain(models, 1, 2).base(models.get(2)).perRow());

    assertThat(result[0]).isEqualTo(1.5f, CLOSE);
    assertThat(result[2]).isEqualTo(13 / 3f, CLOSE);
    assertThat(result[3]).isEqualTo(1);
  }

  @Test
  void a_close_fine_tune_keeps_its_angle() {
    // Perpendicular differences of 2^-20 around 1: products of the models themselves would drown
    // them.
    float step = 0x1p-20f;
    List<Model> models =
        Merging.models(
            Shape.of(2), new float[] {1 + step, 1}, new float[] {1, 1 + step}, new float[] {1, 1});

    float[] result = Merging.merged(chain(models, 1, 1).base(models.get(2)));

    assertThat((result[0] - 1) / step).isEqualTo((float) Math.sqrt(0.5), within(0.07f));
  }
}
