// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.Merge;
import io.merge4j.MergeMethod;
import io.merge4j.Merger;
import io.merge4j.model.Model;
import io.merge4j.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ArceeFusionTest extends MergeMethodContract {

  @Override
  MergeMethod method() {
    return new ArceeFusion();
  }

  @Override
  Merge merge(List<Model> models, double[] weights) {
    return Merger.arceeFusion().base(models.getLast()).model(models.get(0));
  }

  @Override
  boolean spreadsNaN() {
    return true;
  }

  @Override
  Optional<double[]> formula(double[][] x, double[] weights, Shape shape) {
    int n = x[0].length;
    int columns = (int) shape.rowLength();
    float[] importance = new float[n];
    for (int row = 0; row < n / columns; row++) {
      double kl = 0;
      double[] p = softmax(x[0], row * columns, columns);
      double[] q = softmax(x[1], row * columns, columns);
      for (int k = 0; k < columns; k++) {
        kl += p[k] * Math.log(p[k] / q[k]);
      }
      for (int k = row * columns; k < (row + 1) * columns; k++) {
        importance[k] = (float) (Math.abs((float) x[0][k] - (float) x[1][k]) * Math.max(kl, 0));
      }
    }
    float[] sorted = importance.clone();
    Arrays.sort(sorted);
    double first = sorted[(int) Math.floor(0.25 * (n - 1))];
    double median = sorted[(int) Math.floor(0.5 * (n - 1))];
    double third = sorted[(int) Math.floor(0.75 * (n - 1))];
    double[] y = x[1].clone();
    for (int k = 0; k < n; k++) {
      y[k] = importance[k] >= median + 1.5 * (third - first) ? x[0][k] : x[1][k];
    }
    return Optional.of(y);
  }

  private static double[] softmax(double[] x, int at, int count) {
    double[] p = new double[count];
    double sum = 0;
    for (int k = 0; k < count; k++) {
      sum += Math.exp(x[at + k]);
    }
    for (int k = 0; k < count; k++) {
      p[k] = Math.exp(x[at + k]) / sum + 1e-8;
    }
    return p;
  }

  @Test
  void takes_the_outliers_among_changes() {
    // One row, so that importance is |x - b| times a constant: 1 1 1 1 1 1 1 9 over 1 + 1.5 · 0.
    List<Model> models =
        Merging.models(Shape.of(8), new float[] {1, 1.5f, 1, 1, 1, 1, 1, 9}, new float[8]);

    assertThat(Merging.merged(merge(models, new double[1])))
        .containsExactly(1, 1.5f, 1, 1, 1, 1, 1, 9);
    models = Merging.models(Shape.of(8), new float[] {1, 1.5f, 2, 1, 0, 1, 0, 9}, new float[8]);
    // Sorted 0 0 1 1 1 1.5 2 9: quartiles at 1, 3 and 5 are 0, 1 and 1.5; the threshold is 3.25.
    assertThat(Merging.merged(merge(models, new double[1])))
        .containsExactly(0, 0, 0, 0, 0, 0, 0, 9);
  }

  @ParameterizedTest
  @CsvSource({"7, 3000", "3, 40000", "20000, 1", "3000, 3"})
  void rows_have_divergences_of_their_own(int rows, int columns) {
    float[] x = Merging.normal(1, rows * columns);
    float[] b = Merging.normal(2, rows * columns);
    for (int k = 0; k < columns; k++) {
      x[k] *= 20;
      b[k + columns] += 3;
    }

    float[] merged =
        Merging.merged(merge(Merging.models(Shape.of(rows, columns), x, b), new double[1]));

    double[] expected =
        formula(
                new double[][] {Merging.doubles(x), Merging.doubles(b)},
                new double[0],
                Shape.of(rows, columns))
            .orElseThrow();
    assertThat(Merging.doubles(merged)).isEqualTo(expected);
  }
}
