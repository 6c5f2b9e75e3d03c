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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The contract for an angle per row, of task vectors, and rows of all lengths.
class NuSlerpPerRowTest extends MergeMethodContract {

  @Override
  MergeMethod method() {
    return new NuSlerp();
  }

  @Override
  boolean hasBase() {
    return true;
  }

  @Override
  Merge merge(List<Model> models, double[] weights) {
    return models.size() == 2
        ? Merger.using(method(), models.get(0)).base(models.get(1)).with("weight", 1)
        : NuSlerpTest.chain(models, weights).base(models.get(2)).perRow();
  }

  @Override
  Optional<double[]> formula(double[][] x, double[] weights, Shape shape) {
    double[] base = x[2];
    double[] a = x[0].clone();
    double[] b = x[1].clone();
    for (int i = 0; i < base.length; i++) {
      a[i] -= base[i];
      b[i] -= base[i];
    }
    int length = (int) shape.rowLength();
    double[] y = new double[base.length];
    for (int row = 0; row < y.length; row += length) {
      NuSlerpTest.slerp(a, b, weights[1] / (weights[0] + weights[1]), row, length, 1, y);
    }
    for (int i = 0; i < y.length; i++) {
      y[i] += base[i];
    }
    return Optional.of(y);
  }

  @Override
  Shape shape(int size) {
    return Shapes.matrix(size);
  }

  @Override
  boolean spreadsNaN() {
    return true;
  }

  @ParameterizedTest
  @CsvSource({
    "300000, 1",
    "100000, 3",
    "70, 4095",
    "70, 4096",
    "70, 4097",
    "40, 8192",
    "25, 13001",
    "3, 100003"
  })
  void rows_may_be_shorter_or_far_longer_than_a_block(int rows, int length) {
    Shape shape = Shape.of(rows, length);
    float[][] x = random(rows * length, 3);
    double[] weights = {0.3, 0.7};

    float[] result = Merging.merged(merge(Merging.models(shape, x), weights));

    double[] expected =
        formula(
                new double[][] {
                  Merging.doubles(x[0]), Merging.doubles(x[1]), Merging.doubles(x[2])
                },
                weights,
                shape)
            .orElseThrow();
    for (int i = 0; i < result.length; i++) {
      if (!(Math.abs(result[i] - expected[i]) <= 1e-6)) {
        assertThat((double) result[i]).as("element %d", i).isEqualTo(expected[i]);
      }
    }
  }
}
