// SPDX-License-Identifier: Apache-2.0
package io.merge4j.svd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.merge4j.MergeException;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.SingularValueDecomposition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OuterProductsTest {

  private static final UnaryOperator<float[]> EXACT = UnaryOperator.identity();

  @ParameterizedTest
  @CsvSource({"20, 30, 6, 4", "5, 40, 12, 3", "40, 5, 12, 5", "9, 9, 9, 9", "12, 7, 1, 1"})
  void truncates_to_the_best_approximation(int rows, int columns, int products, int rank) {
    OuterProducts sum = random(rows, columns, products);
    double[] values = new SingularValueDecomposition(formed(sum)).getSingularValues();
    double best = 0;
    double total = 0;
    for (int k = 0; k < values.length; k++) {
      total += values[k] * values[k];
      best += k < rank ? 0 : values[k] * values[k];
    }
    Truncation found = sum.truncated(OptionalInt.of(rank), OptionalDouble.empty(), EXACT);
    assertThat(found.rank()).isEqualTo(rank);
    assertThat(found.total()).isCloseTo(total, within(1e-9 * total));
    assertThat(found.left()).isCloseTo(best, within(1e-6 * total));
    assertThat(distance(sum, found)).isCloseTo(Math.sqrt(best), within(1e-6 * Math.sqrt(total)));
  }

  @Test
  void keeps_as_many_as_a_share_takes() {
    // Singular values 3 and 1.
    OuterProducts sum =
        new OuterProducts(new double[][] {{3, 0}, {0, 1}}, new double[][] {{0, 1, 0}, {0, 0, 1}});
    assertThat(sum.truncated(OptionalInt.empty(), OptionalDouble.of(0.89), EXACT).rank())
        .isEqualTo(1);
    assertThat(sum.truncated(OptionalInt.empty(), OptionalDouble.of(0.91), EXACT).rank())
        .isEqualTo(2);
  }

  @Test
  void finds_the_rank_that_there_is() {
    OuterProducts one = random(20, 10, 3);
    OuterProducts twice =
        new OuterProducts(
            new double[][] {one.tall()[0], one.tall()[1], one.tall()[0]},
            new double[][] {one.thin()[0], one.thin()[1], one.thin()[0]});
    assertThat(twice.truncated(OptionalInt.of(3), OptionalDouble.empty(), EXACT).rank())
        .isEqualTo(2);
    OuterProducts nothing = new OuterProducts(new double[1][4], new double[1][5]);
    assertThat(nothing.truncated(OptionalInt.of(3), OptionalDouble.empty(), EXACT).rank()).isZero();
  }

  @Test
  void measures_what_rounding_leaves() {
    OuterProducts sum = random(20, 30, 6);
    UnaryOperator<float[]> coarse =
        values -> {
          float[] rounded = new float[values.length];
          for (int i = 0; i < rounded.length; i++) {
            rounded[i] = Math.round(values[i] * 16) / 16f;
          }
          return rounded;
        };
    Truncation found = sum.whole(coarse);
    assertThat(found.rank()).isEqualTo(6);
    assertThat(Math.sqrt(found.left())).isCloseTo(distance(sum, found), within(1e-9));
  }

  @Test
  void refuses_what_is_no_number() {
    OuterProducts sum = new OuterProducts(new double[][] {{1, Double.NaN}}, new double[][] {{1}});
    assertThatThrownBy(() -> sum.whole(EXACT))
        .isInstanceOf(MergeException.class)
        .hasMessageContaining("NaN or infinity");
  }

  private static OuterProducts random(int rows, int columns, int products) {
    Random random = new Random(rows + columns);
    double[][] tall = new double[products][rows];
    double[][] thin = new double[products][columns];
    for (int k = 0; k < products; k++) {
      for (int i = 0; i < rows; i++) {
        tall[k][i] = random.nextGaussian();
      }
      for (int j = 0; j < columns; j++) {
        thin[k][j] = random.nextGaussian();
      }
    }
    return new OuterProducts(tall, thin);
  }

  private static Array2DRowRealMatrix formed(OuterProducts sum) {
    double[][] formed = new double[sum.tall()[0].length][sum.thin()[0].length];
    for (int k = 0; k < sum.tall().length; k++) {
      for (int i = 0; i < formed.length; i++) {
        for (int j = 0; j < formed[i].length; j++) {
          formed[i][j] += sum.tall()[k][i] * sum.thin()[k][j];
        }
      }
    }
    return new Array2DRowRealMatrix(formed, false);
  }

  private static double distance(OuterProducts sum, Truncation found) {
    double[][] left = formed(sum).getDataRef();
    double squares = 0;
    for (int i = 0; i < left.length; i++) {
      for (int j = 0; j < left[i].length; j++) {
        double rest = left[i][j];
        for (int k = 0; k < found.rank(); k++) {
          rest -= (double) found.tall()[k][i] * found.thin()[k][j];
        }
        squares += rest * rest;
      }
    }
    return Math.sqrt(squares);
  }
}
