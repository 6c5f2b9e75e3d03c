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
/// sampled (k + p is a multiple of 4) and q = 2 iterations, the expected spectral error is at most
///
///     (1 + √(k/(p-1)) + e √(k+p)/p · √(min(m,n)-k))^(1/(2q+1))
///
/// times the best possible, `σ_{k+1}`; what it really is, with factors as they are stored, is
/// measured in a last pass. Takes 5 passes over the matrix, and memory for k + p rows, k columns
/// and a block of its rows.
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

  /// Columns that are worked on at a time: of all axes and the rows of a block they fit in cache.
  private static final int CHUNK = 1024;

  public int rank() {
    return thin.length;
  }

  /// Decomposes to a rank, or to the least rank that keeps a share of the sum of squares.
  ///
  /// @param rank greatest rank
  /// @param energy share to keep, in (0, 1]
  /// @param rounding how the factors will be stored
  /// @param seed of the projection
  /// @throws java.util.concurrent.CancellationException if this thread is interrupted
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
    int sampled = Math.ceilDiv(wanted + OVERSAMPLED + wanted / 4, 4) * 4;
    return most <= EXACT ? most : Math.min(most, sampled);
  }

  /// Inner products of all axes with some rows: `seen[axis][row]`.
  private static double[][] products(float[][] axes, float[][] rows, int count) {
    double[][] seen = new double[axes.length][count];
    int columns = rows[0].length;
    for (int at = 0; at < columns; at += CHUNK) {
      Kernels.best().products(axes, rows, count, at, Math.min(CHUNK, columns - at), seen);
    }
    return seen;
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
        double[][] seen = products(axes, rows, count);
        for (int i = 0; i < count; i++) {
          total[0] += Kernels.best().dot(rows[i], rows[i], 0, d.columns());
        }
        for (int a = 0; a < dimensions; a++) {
          for (int b = 0; b <= a; b++) {
            gram[a][b] += Basis.dot(seen[a], seen[b]);
            gram[b][a] = gram[a][b];
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
      d.forEach((first, rows, count) -> {
        double[][] seen = products(axes, rows, count);
        for (int at = 0; at < d.columns(); at += CHUNK) {
          int size = Math.min(CHUNK, d.columns() - at);
          Kernels.best().addProducts(seen, rows, count, next, at, size);
        }
      });
      return next;
    }

    /// Splits each singular value evenly between the two factors, and measures what they leave.
    Truncation factors(Difference d, int rank, UnaryOperator<float[]> rounding) {
      double[][] right = new double[rank][d.columns()];
      float[][] thin = new float[rank][d.columns()];
      for (int k = 0; k < rank; k++) {
        Cancellation.check();
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
      int columns = d.columns();
      double[] left = new double[1];
      double[][] rest = new double[Difference.BLOCK][columns];
      d.forEach((first, rows, count) -> {
        double[][] seen = products(right, rows, count);
        double[][] taken = new double[count][];
        for (int i = 0; i < count; i++) {
          taken[i] = take(seen, i, first + i);
        }
        for (int at = 0; at < columns; at += CHUNK) {
          int size = Math.min(CHUNK, columns - at);
          for (int i = 0; i < count; i++) {
            for (int j = at; j < at + size; j++) {
              rest[i][j] = rows[i][j];
            }
          }
          Kernels.best().addProducts(taken, thin, thin.length, rest, at, size);
        }
        for (int i = 0; i < count; i++) {
          left[0] += Basis.dot(rest[i], rest[i]);
        }
      });
      return left[0];
    }

    /// Stores a row of the tall factor, and gives what is to be added of the thin one's rows.
    private double[] take(double[][] seen, int row, int to) {
      float[] line = new float[thin.length];
      for (int k = 0; k < line.length; k++) {
        line[k] = (float) seen[k][row];
      }
      line = rounding.apply(line);
      double[] taken = new double[line.length];
      for (int k = 0; k < line.length; k++) {
        tall[k][to] = line[k];
        taken[k] = -line[k];
      }
      return taken;
    }
  }
}
