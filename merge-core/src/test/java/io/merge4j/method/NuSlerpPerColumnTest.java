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

/// The contract for an angle per column, and matrices of any width.
class NuSlerpPerColumnTest extends MergeMethodContract {

  @Override
  MergeMethod method() {
    return new NuSlerp();
  }

  @Override
  Merge merge(List<Model> models, double[] weights) {
    return models.size() == 1
        ? Merger.using(method(), models.get(0)).with("weight", 1)
        : NuSlerpTest.chain(models, weights).perColumn();
  }

  @Override
  Optional<double[]> formula(double[][] x, double[] weights, Shape shape) {
    int columns = (int) (x[0].length / shape.size(0));
    double t = weights[1] / (weights[0] + weights[1]);
    double[] y = new double[x[0].length];
    for (int column = 0; column < columns; column++) {
      NuSlerpTest.slerp(x[0], x[1], t, column, (int) shape.size(0), columns, y);
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
    "9000, 1",
    "40000, 3",
    "600, 511",
    "600, 512",
    "600, 513",
    "60, 4096",
    "20, 5001",
    "3, 70001"
  })
  void columns_may_be_any_number(int rows, int columns) {
    Shape shape = columns % 3 == 0 ? Shape.of(rows, columns / 3, 3) : Shape.of(rows, columns);
    float[][] x = random(rows * columns, 2);
    double[] weights = {0.3, 0.7};

    float[] result = Merging.merged(merge(Merging.models(shape, x), weights));

    double[] expected =
        formula(new double[][] {Merging.doubles(x[0]), Merging.doubles(x[1])}, weights, shape)
            .orElseThrow();
    for (int i = 0; i < result.length; i++) {
      if (!(Math.abs(result[i] - expected[i]) <= 1e-6)) {
        assertThat((double) result[i]).as("element %d", i).isEqualTo(expected[i]);
      }
    }
  }
}
