// SPDX-License-Identifier: Apache-2.0
package io.merge4j.svd;

import io.merge4j.MergeException;
import io.merge4j.kernel.Kernels;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.EigenDecomposition;

/// The truncated singular value decomposition of a matrix of differences, `D ≈ tall · thin`.
///
/// The space of the largest singular values is found by random projection and subspace iteration;
/// for matrices with a side of at most 256 it is exact. With k values wanted, p = 10 + k/4 more
/// sampled and q = 2 iterations, the expected spectral error is at most `(1 + √(k/(p-1)) + e
/// √(k+p)/p · √(min(m,n)-k))^(1/(2q+1))` times the best possible, `σ_{k+1}`; what it really is,
/// with factors as they are stored, is measured in a last pass. Takes 5 passes over the matrix, and
/// memory for (k + p) rows and k columns of it.
///
/// *Source:* Halko, Martinsson, Tropp 2011, arXiv:0909.4061, algorithm 4.4 and corollary 10.10.
///
/// @param tall rank columns of the rows' length each: `tall[k][i]`
/// @param thin rank rows: `thin[k][j]`
/// @param total sum of squares of the differences
/// @param left sum of squares of `D - tall · thin`
// The arrays belong to the one who asked for them.
@SuppressWarnings("ArrayRecordComponent")
public record Truncation(float[][] tall, float[][] thin, double total, double left) {

  private static final int OVERSAMPLED = 10;
  private static final int ITERATIONS = 2;
  private static final int EXACT = 256;
  private static final int FIRST_GUESS = 32;

  public int rank() {
    return thin.length;
  }

  /// Decomposes to a rank, or to the least rank that keeps a share of the sum of squares.
  ///
  /// @param rank greatest rank
  /// @param energy share to keep, in (0, 1]
  /// @param rounding how the factors will be stored
  /// @param seed of the projection
  public static Truncation of(
      Difference difference,
      OptionalInt rank,
      OptionalDouble energy,
      UnaryOperator<float[]> rounding,
      long seed) {
    int most = Math.min(difference.rows(), difference.columns());
    int wanted = Math.min(most, rank.orElse(FIRST_GUESS));
    while (true) {
      Projection projection =
          Projection.of(difference, sampled(difference, wanted), wanted, seed, ITERATIONS);
      int found =
          Spectrum.rank(
              projection.values, projection.vectors.length, projection.total, rank, energy);
      if (found <= wanted || wanted == most) {
        return projection.factors(difference, Math.min(found, wanted), rounding);
      }
      wanted = (int) Math.min(most, 2L * wanted);
    }
  }

  private static int sampled(Difference difference, int wanted) {
    int most = Math.min(difference.rows(), difference.columns());
    return most <= EXACT ? most : Math.min(most, wanted + OVERSAMPLED + wanted / 4);
  }

  /// The matrix seen in a space of few dimensions.
  ///
  /// @param basis orthonormal rows that span it
  /// @param values squares of the singular values there, descending
  /// @param vectors their right vectors, as rows, in terms of the basis
  @SuppressWarnings("ArrayRecordComponent")
  private record Projection(double[][] basis, double[] values, double[][] vectors, double total) {

    static Projection of(Difference d, int dimensions, int wanted, long seed, int iterations) {
      double[][] basis = basis(d, dimensions, seed, iterations);
      double[][] gram = new double[dimensions][dimensions];
      double[] total = new double[1];
      float[][] axes = Basis.floats(basis);
      d.forEach((first, rows, count) -> {
        double[] seen = new double[dimensions];
        for (int i = 0; i < count; i++) {
          total[0] += Kernels.best().dot(rows[i], rows[i], 0, d.columns());
          dots(axes, rows[i], seen);
          for (int a = 0; a < dimensions; a++) {
            for (int b = 0; b <= a; b++) {
              gram[a][b] += seen[a] * seen[b];
              gram[b][a] = gram[a][b];
            }
          }
        }
      });
      if (!Double.isFinite(total[0])) {
        throw new MergeException(
            "Tensor %s holds NaN or infinity, expected numbers".formatted(d.tuned().spec().name()));
      }
      EigenDecomposition eigen = new EigenDecomposition(new Array2DRowRealMatrix(gram, false));
      int kept = Math.min(wanted, dimensions);
      double[] values = eigen.getRealEigenvalues();
      double[][] vectors = new double[kept][];
      for (int k = 0; k < kept; k++) {
        vectors[k] = eigen.getEigenvector(k).toArray();
      }
      return new Projection(basis, values, vectors, total[0]);
    }

    /// All of the space of the rows of a small matrix, else the part with the largest values.
    private static double[][] basis(Difference d, int dimensions, long seed, int iterations) {
      if (dimensions == d.columns()) {
        return Basis.unit(dimensions);
      }
      double[][] basis =
          dimensions == d.rows() ? d.all() : Basis.random(dimensions, d.columns(), seed);
      Basis.orthonormalize(basis);
      for (int i = 0; i < iterations && dimensions < d.rows(); i++) {
        basis = iterate(d, basis);
        Basis.orthonormalize(basis);
      }
      return basis;
    }

    /// `Dᵀ D` times every row of the basis.
    private static double[][] iterate(Difference d, double[][] basis) {
      float[][] axes = Basis.floats(basis);
      double[][] next = new double[basis.length][d.columns()];
      double[][] seen = new double[Difference.BLOCK][basis.length];
      double[] coefficients = new double[Difference.BLOCK];
      float[] sum = new float[d.columns()];
      d.forEach((first, rows, count) -> {
        for (int i = 0; i < count; i++) {
          dots(axes, rows[i], seen[i]);
        }
        for (int a = 0; a < axes.length; a++) {
          for (int i = 0; i < count; i++) {
            coefficients[i] = seen[i][a];
          }
          Kernels.best().weightedSum(coefficients, rows, count, sum, 0, sum.length);
          for (int j = 0; j < sum.length; j++) {
            next[a][j] += sum[j];
          }
        }
      });
      return next;
    }

    private static void dots(float[][] axes, float[] row, double[] into) {
      for (int a = 0; a < axes.length; a++) {
        into[a] = Kernels.best().dot(axes[a], row, 0, row.length);
      }
    }

    /// Splits each singular value evenly between the two factors, and measures what they leave.
    Truncation factors(Difference d, int rank, UnaryOperator<float[]> rounding) {
      double[][] right = new double[rank][d.columns()];
      float[][] thin = new float[rank][d.columns()];
      for (int k = 0; k < rank; k++) {
        double root = StrictMath.sqrt(StrictMath.sqrt(values[k]));
        for (int a = 0; a < basis.length; a++) {
          for (int j = 0; j < d.columns(); j++) {
            right[k][j] += vectors[k][a] * basis[a][j];
          }
        }
        for (int j = 0; j < d.columns(); j++) {
          thin[k][j] = (float) (right[k][j] * root);
          right[k][j] /= root;
        }
        thin[k] = rounding.apply(thin[k]);
      }
      float[][] tall = new float[rank][d.rows()];
      double left = new Measured(tall, thin, Basis.floats(right), rounding).run(d);
      return new Truncation(tall, thin, total, left);
    }
  }

  /// The pass that fills the tall factor.
  @SuppressWarnings("ArrayRecordComponent")
  private record Measured(
      float[][] tall, float[][] thin, float[][] right, UnaryOperator<float[]> rounding) {

    /// Gives the sum of squares of what the factors leave.
    double run(Difference d) {
      int rank = thin.length;
      double[] left = new double[1];
      double[] coefficients = new double[rank + 1];
      float[][] operands = new float[rank + 1][];
      System.arraycopy(thin, 0, operands, 1, rank);
      float[] rest = new float[d.columns()];
      coefficients[0] = 1;
      d.forEach((first, rows, count) -> {
        for (int i = 0; i < count; i++) {
          float[] line = new float[rank];
          for (int k = 0; k < rank; k++) {
            line[k] = (float) Kernels.best().dot(right[k], rows[i], 0, rest.length);
          }
          line = rounding.apply(line);
          for (int k = 0; k < rank; k++) {
            tall[k][first + i] = line[k];
            coefficients[k + 1] = -line[k];
          }
          operands[0] = rows[i];
          Kernels.best().weightedSum(coefficients, operands, rank + 1, rest, 0, rest.length);
          left[0] += Kernels.best().dot(rest, rest, 0, rest.length);
        }
      });
      return left[0];
    }
  }
}
