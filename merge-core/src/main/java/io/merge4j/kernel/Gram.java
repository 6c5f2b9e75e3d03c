// SPDX-License-Identifier: Apache-2.0
package io.merge4j.kernel;

/// The inner products of all pairs of `n` operands as [Kernels#gram] lays them out: the upper
/// triangle of the Gram matrix by rows, (0,0), (0,1) ... (0,n-1), (1,1) ... (n-1,n-1).
public final class Gram {

  private Gram() {}

  /// Number of pairs.
  public static int pairs(int n) {
    return n * (n + 1) / 2;
  }

  /// Where the pair of `i` and `j` stands.
  ///
  /// @param j at least `i`
  public static int pair(int n, int i, int j) {
    return i * (2 * n - i - 1) / 2 + j;
  }

  /// The whole matrix of a triangle.
  public static double[][] matrix(int n, double[] triangle) {
    double[][] matrix = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = i; j < n; j++) {
        matrix[i][j] = triangle[pair(n, i, j)];
        matrix[j][i] = matrix[i][j];
      }
    }
    return matrix;
  }

  /// The triangle of a whole matrix.
  public static double[] triangle(double[][] matrix) {
    int n = matrix.length;
    double[] triangle = new double[pairs(n)];
    for (int i = 0; i < n; i++) {
      System.arraycopy(matrix[i], i, triangle, pair(n, i, i), n - i);
    }
    return triangle;
  }
}
