// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.merge4j.Merge;
import io.merge4j.MergeMethod;
import io.merge4j.Merger;
import io.merge4j.model.Model;
import io.merge4j.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class KarcherTest extends MergeMethodContract {

  private static final Offset<Float> CLOSE = within(1e-6f);

  @Override
  MergeMethod method() {
    return new Karcher();
  }

  @Override
  Merge merge(List<Model> models, double[] weights) {
    if (models.size() == 1) {
      return Merger.using(method(), models.get(0));
    }
    Karcher.Models merge = Merger.karcher().model(models.get(0)).model(models.get(1));
    for (Model model : models.subList(2, models.size())) {
      merge = merge.model(model);
    }
    return merge;
  }

  /// The iteration on whole vectors.
  @Override
  Optional<double[]> formula(double[][] x, double[] weights, Shape shape) {
    int size = x[0].length;
    double[][] units =
        Arrays.stream(x)
            .filter(v -> norm(v) > 0)
            .map(v -> scaled(v, 1 / norm(v)))
            .toArray(double[][]::new);
    double[] u = new double[size];
    for (double[] unit : units) {
      add(u, 1.0 / units.length, unit);
    }
    u = norm(u) < 1e-5 ? units[0].clone() : scaled(u, 1 / norm(u));
    for (int iteration = 0; iteration < 10; iteration++) {
      double[] step = new double[size];
      for (double[] unit : units) {
        double cosine = Math.clamp(dot(u, unit), -1, 1);
        double theta = Math.acos(cosine);
        if (theta >= 1e-5 && Math.sin(theta) > 1e-7) {
          add(step, theta / Math.sin(theta) / units.length, unit);
          add(step, -theta / Math.sin(theta) / units.length * cosine, u);
        }
      }
      double length = norm(step);
      if (length < 1e-5) {
        break;
      }
      u = scaled(u, Math.cos(length));
      add(u, Math.sin(length) / length, step);
    }
    return Optional.of(
        scaled(u, Arrays.stream(x).mapToDouble(KarcherTest::norm).average().orElseThrow()));
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static double norm(double[] v) {
    return Math.sqrt(dot(v, v));
  }

  private static double[] scaled(double[] v, double factor) {
    return Arrays.stream(v).map(value -> value * factor).toArray();
  }

  private static void add(double[] sum, double factor, double[] v) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += factor * v[i];
    }
  }

  @Override
  boolean spreadsNaN() {
    return true;
  }

  @Test
  void the_mean_of_three_axes_lies_between_them() {
    float[] result =
        Merging.merged(
            merge(
                Merging.models(
                    Shape.of(3),
                    new float[] {1, 0, 0},
                    new float[] {0, 2, 0},
                    new float[] {0, 0, 3}),
                new double[0]));

    // (1, 1, 1)/√3 times the mean length 2
    assertThat(result[0]).isEqualTo(1.1547005f, CLOSE);
    assertThat(result[1]).isEqualTo(1.1547005f, CLOSE);
    assertThat(result[2]).isEqualTo(1.1547005f, CLOSE);
  }

  @Test
  void angles_count_not_chords() {
    // Directions at 0°, 0° and 90° on a circle: the mean angle is 30°, where the normalised average
    // of
    // the vectors lies at atan(1/2) = 26.6°.
    List<Model> models =
        Merging.models(Shape.of(2), new float[] {1, 0}, new float[] {1, 0}, new float[] {0, 1});

    float[] result =
        Merging.merged(((Karcher.Models) merge(models, new double[0])).maxIter(50).tol(1e-9));

    assertThat(result[0]).isEqualTo((float) Math.sqrt(0.75), CLOSE);
    assertThat(result[1]).isEqualTo(0.5f, CLOSE);
  }

  @Test
  void opposite_directions_keep_the_mean_length() {
    float[][] x = new float[5][48];
    int[] factors = {1, -1, 2, -3, 1};
    for (int i = 0; i < x.length; i++) {
      Arrays.fill(x[i], 0.1f * factors[i]);
    }

    float[] result = Merging.merged(merge(Merging.models(Shape.of(48), x), new double[0]));

    assertThat(result[7]).isCloseTo(0.16f, CLOSE);
  }

  @Test
  void a_zero_tensor_counts_in_the_length_alone() {
    List<Model> models = Merging.models(Shape.of(2), new float[] {3, 0}, new float[] {0, 0});

    assertThat(Merging.merged(merge(models, new double[0]))).containsExactly(1.5f, 0);
  }
}
