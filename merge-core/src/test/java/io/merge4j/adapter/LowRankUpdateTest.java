// SPDX-License-Identifier: Apache-2.0
package io.merge4j.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.merge4j.tensor.ComputedTensor;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Matrices of one panel and of several, against plain sums in float64.
class LowRankUpdateTest {

  private static final double SCALE = 0.75;

  private final Random random = new Random(5);

  @ParameterizedTest
  @CsvSource({"1, 1, 1", "3, 5, 2", "2, 4096, 3", "3, 4097, 1", "2, 9000, 2", "9000, 2, 3"})
  void is_the_plain_sum(int rows, int columns, int rank) {
    float[] w = floats(rows * columns);
    float[] left = floats(rows * rank);
    float[] right = floats(rank * columns);
    float[] m = floats(rows);
    float[] n = floats(columns);
    double[] v = new double[rows * columns];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        double sum = 0;
        for (int k = 0; k < rank; k++) {
          sum += (double) left[i * rank + k] * right[k * columns + j];
        }
        v[i * columns + j] = w[i * columns + j] + SCALE * sum;
      }
    }
    Tensor weight = Tensor.of("w", Shape.of(rows, columns), w);
    Tensor tall = Tensor.of("left", Shape.of(rows, rank), left);
    Tensor thin = Tensor.of("right", Shape.of(rank, columns), right);
    Tensor tallTurned = Tensor.of("left", Shape.of(rank, rows), turned(left, rows, rank));
    Tensor thinTurned = Tensor.of("right", Shape.of(columns, rank), turned(right, rank, columns));
    LowRankUpdate straight =
        new LowRankUpdate(
            weight,
            new Factor(tall, rows, rank, true),
            new Factor(thin, columns, rank, false),
            SCALE);
    LowRankUpdate turned =
        new LowRankUpdate(
            weight,
            new Factor(tallTurned, rows, rank, false),
            new Factor(thinTurned, columns, rank, true),
            SCALE);
    check(weight, straight, v);
    check(weight, turned, v);
    check(
        weight,
        new RowMagnitudes(straight, Tensor.of("m", Shape.of(rows), m)),
        scaled(v, rows, columns, m, true));
    check(
        weight,
        new ColumnMagnitudes(turned, Tensor.of("n", Shape.of(columns), n)),
        scaled(v, rows, columns, n, false));
  }

  private static double[] scaled(double[] v, int rows, int columns, float[] m, boolean byRow) {
    double[] squares = new double[m.length];
    double[] scaled = v.clone();
    for (int at = 0; at < v.length; at++) {
      squares[byRow ? at / columns : at % columns] += v[at] * v[at];
    }
    for (int at = 0; at < rows * columns; at++) {
      int line = byRow ? at / columns : at % columns;
      scaled[at] *= m[line] / Math.sqrt(squares[line]);
    }
    return scaled;
  }

  private static void check(Tensor weight, ComputedTensor.Elements elements, double[] expected) {
    Tensor tensor = new ComputedTensor(weight.spec(), elements, 0);
    float[] all = new float[expected.length];
    tensor.read(0, all.length, all, 0);
    for (int i = 0; i < all.length; i++) {
      assertThat((double) all[i])
          .isCloseTo(expected[i], within(1e-6 + 1e-6 * Math.abs(expected[i])));
    }
    for (int from = 0; from < all.length; from += 1 + all.length / 7) {
      float[] some = new float[Math.min(all.length - from, 5000) + 1];
      tensor.read(from, some.length - 1, some, 1);
      assertThat(Arrays.copyOfRange(some, 1, some.length))
          .isEqualTo(Arrays.copyOfRange(all, from, from + some.length - 1));
    }
  }

  private static float[] turned(float[] matrix, int rows, int columns) {
    float[] turned = new float[matrix.length];
    for (int i = 0; i < matrix.length; i++) {
      turned[(i % columns) * rows + i / columns] = matrix[i];
    }
    return turned;
  }

  private float[] floats(int count) {
    float[] floats = new float[count];
    for (int i = 0; i < count; i++) {
      floats[i] = (float) random.nextGaussian();
    }
    return floats;
  }
}
