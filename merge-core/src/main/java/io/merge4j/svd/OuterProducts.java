// SPDX-License-Identifier: Apache-2.0
package io.merge4j.svd;

import io.merge4j.MergeException;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.SingularValueDecomposition;

/// A matrix that is known as a sum of outer products, `D = Σ_k tall[k] thin[k]ᵀ`; never formed.
///
/// @param tall columns, each of the rows' length
/// @param thin rows, as many
// The arrays belong to the one who asked for them.
@SuppressWarnings("ArrayRecordComponent")
public record OuterProducts(double[][] tall, double[][] thin) {

  /// The sum as it is, with a rank for each product.
  ///
  /// @param rounding how the factors will be stored
  public Truncation whole(UnaryOperator<float[]> rounding) {
    float[][] columns = rounded(tall, rounding);
    float[][] rows = rounded(thin, rounding);
    return new Truncation(columns, rows, total(), roundedOff(tall, thin, columns, rows));
  }

  /// The best approximation of a rank, or of the least rank that keeps a share of the sum of
  /// squares: QR decompositions of both factors, then the singular values of the small product of
  /// their triangles.
  ///
  /// @param rank greatest rank
  /// @param energy share to keep, in (0, 1]
  /// @param rounding how the factors will be stored
  public Truncation truncated(
      OptionalInt rank, OptionalDouble energy, UnaryOperator<float[]> rounding) {
    double total = total();
    double[][] left = orthonormal(tall);
    double[][] right = orthonormal(thin);
    SingularValueDecomposition core =
        new SingularValueDecomposition(new Array2DRowRealMatrix(core(left, right), false));
    double[] values = core.getSingularValues();
    double[] squares = new double[values.length];
    for (int k = 0; k < values.length; k++) {
      squares[k] = values[k] * values[k];
    }
    int most = Math.min(squares.length, Math.min(tall[0].length, thin[0].length));
    int kept = Math.min(most, Spectrum.rank(squares, most, total, rank, energy));
    double[][] columns = combined(core.getUT().getData(), left, values, kept);
    double[][] rows = combined(core.getVT().getData(), right, values, kept);
    double rest = 0;
    for (int k = kept; k < squares.length; k++) {
      rest += squares[k];
    }
    float[][] storedColumns = rounded(columns, rounding);
    float[][] storedRows = rounded(rows, rounding);
    return new Truncation(
        storedColumns,
        storedRows,
        total,
        rest + roundedOff(columns, rows, storedColumns, storedRows));
  }

  private double total() {
    double total = squares(tall, thin);
    if (!Double.isFinite(total)) {
      throw new MergeException("A factor holds NaN or infinity, expected numbers");
    }
    return total;
  }

  private static double[][] orthonormal(double[][] rows) {
    double[][] basis = new double[rows.length][];
    for (int k = 0; k < rows.length; k++) {
      basis[k] = rows[k].clone();
    }
    Basis.orthonormalize(basis);
    return basis;
  }

  /// The sum seen in both bases: `leftᵀ D right`.
  private double[][] core(double[][] left, double[][] right) {
    double[][] core = new double[left.length][right.length];
    for (int k = 0; k < tall.length; k++) {
      Cancellation.check();
      double[] rowParts = products(right, thin[k]);
      double[] columnParts = products(left, tall[k]);
      for (int i = 0; i < columnParts.length; i++) {
        Basis.add(core[i], rowParts, columnParts[i]);
      }
    }
    return core;
  }

  private static double[] products(double[][] basis, double[] vector) {
    double[] products = new double[basis.length];
    for (int i = 0; i < products.length; i++) {
      products[i] = Basis.dot(basis[i], vector);
    }
    return products;
  }

  /// Singular vectors, each times the square root of its value.
  private static double[][] combined(
      double[][] coefficients, double[][] basis, double[] values, int kept) {
    double[][] combined = new double[kept][basis[0].length];
    for (int k = 0; k < kept; k++) {
      Cancellation.check();
      double root = StrictMath.sqrt(values[k]);
      for (int i = 0; i < basis.length; i++) {
        Basis.add(combined[k], basis[i], root * coefficients[k][i]);
      }
    }
    return combined;
  }

  private static float[][] rounded(double[][] rows, UnaryOperator<float[]> rounding) {
    float[][] floats = Basis.floats(rows);
    for (int k = 0; k < floats.length; k++) {
      floats[k] = rounding.apply(floats[k]);
    }
    return floats;
  }

  /// Sum of squares of what rounding the factors changes: `Σ (t' - t) h'ᵀ + t (h' - h)ᵀ`, whose
  /// terms are small, so that nothing cancels.
  private static double roundedOff(
      double[][] tall, double[][] thin, float[][] columns, float[][] rows) {
    int rank = columns.length;
    double[][] left = new double[2 * rank][];
    double[][] right = new double[2 * rank][];
    for (int k = 0; k < rank; k++) {
      left[k] = difference(columns[k], tall[k]);
      right[k] = difference(rows[k], new double[rows[k].length]);
      left[rank + k] = tall[k];
      right[rank + k] = difference(rows[k], thin[k]);
    }
    return squares(left, right);
  }

  private static double[] difference(float[] stored, double[] exact) {
    double[] difference = new double[exact.length];
    for (int i = 0; i < difference.length; i++) {
      difference[i] = stored[i] - exact[i];
    }
    return difference;
  }

  /// Sum of squares of a sum of outer products.
  private static double squares(double[][] tall, double[][] thin) {
    double sum = 0;
    for (int k = 0; k < tall.length; k++) {
      Cancellation.check();
      sum += Basis.dot(tall[k], tall[k]) * Basis.dot(thin[k], thin[k]);
      for (int l = 0; l < k; l++) {
        sum += 2 * Basis.dot(tall[k], tall[l]) * Basis.dot(thin[k], thin[l]);
      }
    }
    return sum < 0 ? 0 : sum;
  }
}
