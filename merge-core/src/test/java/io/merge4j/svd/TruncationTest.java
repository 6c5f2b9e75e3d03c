// SPDX-License-Identifier: Apache-2.0
package io.merge4j.svd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Matrices whose singular values are known: the best approximation leaves the sum of the squares
/// of the others (Eckart, Young 1936).
class TruncationTest {

  private static final OptionalInt ANY = OptionalInt.empty();
  private static final OptionalDouble ALL = OptionalDouble.empty();

  @ParameterizedTest
  @CsvSource({
    // small ones are exact
    "1, 1, 1, 1e-6",
    "7, 3, 2, 1e-6",
    "3, 7, 2, 1e-6",
    "40, 300, 10, 1e-6",
    "300, 40, 10, 1e-6",
    // of others it is nearly the best
    "300, 270, 16, 1e-2",
    "270, 400, 30, 1e-2"
  })
  void leaves_what_the_best_approximation_leaves(int rows, int columns, int rank, double excess) {
    IntToDoubleFunction values = k -> 1.0 / (1 + k);
    Truncation found = decompose(matrix(rows, columns, values), OptionalInt.of(rank), ALL);
    double best = 0;
    double total = 0;
    for (int k = 0; k < Math.min(rows, columns); k++) {
      double square = values.applyAsDouble(k) * values.applyAsDouble(k);
      total += square;
      best += k < rank ? 0 : square;
    }
    assertThat(found.rank()).isEqualTo(Math.min(rank, Math.min(rows, columns)));
    assertThat(found.total()).isCloseTo(total, within(1e-5 * total));
    assertThat(found.left()).isBetween(best - 1e-5 * total, best * (1 + excess) + 1e-5 * total);
  }

  @ParameterizedTest
  @CsvSource({"300, 280", "60, 500"})
  void finds_a_matrix_of_low_rank_exactly(int rows, int columns) {
    Difference difference = matrix(rows, columns, k -> k < 5 ? 5 - k : 0);
    Truncation found = decompose(difference, ANY, OptionalDouble.of(0.9999999));
    assertThat(found.rank()).isEqualTo(5);
    assertThat(found.left()).isLessThan(1e-10 * found.total());
    assertThat(decompose(difference, OptionalInt.of(3), ALL).left() / found.total())
        .isCloseTo(5.0 / 55, within(1e-5));
  }

  @Test
  void takes_the_least_rank_that_keeps_the_energy() {
    Difference difference = matrix(300, 280, k -> 1);
    Truncation found = decompose(difference, ANY, OptionalDouble.of(0.5));
    assertThat(found.rank()).isBetween(140, 145);
    assertThat(found.left() / found.total()).isLessThanOrEqualTo(0.501);
  }

  @Test
  void an_energy_that_the_rank_does_not_reach_changes_nothing() {
    Difference difference = matrix(300, 280, k -> 1);
    Truncation alone = decompose(difference, OptionalInt.of(16), ALL);
    Truncation both = decompose(difference, OptionalInt.of(16), OptionalDouble.of(0.9));
    assertThat(both.tall()).isDeepEqualTo(alone.tall());
    assertThat(both.thin()).isDeepEqualTo(alone.thin());
  }

  @Test
  void nothing_changed_is_rank_0() {
    assertThat(decompose(matrix(20, 30, k -> 0), OptionalInt.of(4), ALL).rank()).isZero();
    assertThat(decompose(matrix(300, 280, k -> 0), ANY, OptionalDouble.of(0.9)).rank()).isZero();
  }

  private static Truncation decompose(
      Difference difference, OptionalInt rank, OptionalDouble energy) {
    Truncation found = Truncation.of(difference, rank, energy, values -> values, 1);
    double left = 0;
    for (int i = 0; i < difference.rows(); i++) {
      float[] row = new float[difference.columns()];
      difference.tuned().read((long) i * row.length, row.length, row, 0);
      for (int j = 0; j < row.length; j++) {
        double rest = row[j];
        for (int k = 0; k < found.rank(); k++) {
          rest -= (double) found.tall()[k][i] * found.thin()[k][j];
        }
        left += rest * rest;
      }
    }
    assertThat(found.left()).isCloseTo(left, within(1e-9 * found.total() + 1e-6 * left));
    return found;
  }

  /// U diag(values) Vᵀ with orthonormal U and V.
  private static Difference matrix(int rows, int columns, IntToDoubleFunction values) {
    int rank = Math.min(rows, columns);
    double[][] u = Basis.random(rank, rows, 11);
    double[][] v = Basis.random(rank, columns, 12);
    perturb(u);
    perturb(v);
    Basis.orthonormalize(u);
    Basis.orthonormalize(v);
    float[] elements = new float[rows * columns];
    for (int k = 0; k < rank; k++) {
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < columns; j++) {
          elements[i * columns + j] += (float) (values.applyAsDouble(k) * u[k][i] * v[k][j]);
        }
      }
    }
    Shape shape = Shape.of(rows, columns);
    return new Difference(
        Tensor.of("tuned", shape, elements), Tensor.of("base", shape, new float[rows * columns]));
  }

  /// Small matrices of signs are often singular.
  private static void perturb(double[][] rows) {
    for (int i = 0; i < rows.length; i++) {
      rows[i][i] += 3;
    }
  }
}
