// SPDX-License-Identifier: Apache-2.0
package io.merge4j.svd;

import io.merge4j.tensor.Tensor;

/// The matrix `tuned - base`, read row by row; each element is rounded once, to float32.
///
/// @param tuned rows x columns, of a floating type
/// @param base of the same shape
public record Difference(Tensor tuned, Tensor base) {

  /// Rows that are read at a time.
  static final int BLOCK = 64;

  /// What is done with some rows.
  @FunctionalInterface
  interface Rows {
    /// Takes rows.
    ///
    /// @param first number of the first
    /// @param rows their elements; the arrays are used again
    void take(int first, float[][] rows, int count);
  }

  int rows() {
    return Math.toIntExact(tuned.spec().shape().size(0));
  }

  int columns() {
    return Math.toIntExact(tuned.spec().shape().size(1));
  }

  /// One pass over all rows, in order.
  void forEach(Rows work) {
    float[][] block = new float[Math.min(BLOCK, rows())][columns()];
    float[] old = new float[columns()];
    for (int first = 0; first < rows(); first += BLOCK) {
      Cancellation.check();
      int count = Math.min(BLOCK, rows() - first);
      for (int i = 0; i < count; i++) {
        long at = (long) (first + i) * columns();
        tuned.read(at, columns(), block[i], 0);
        base.read(at, columns(), old, 0);
        for (int j = 0; j < old.length; j++) {
          block[i][j] -= old[j];
        }
      }
      work.take(first, block, count);
    }
  }

  /// All rows at once, of a small matrix.
  double[][] all() {
    double[][] all = new double[rows()][columns()];
    forEach((first, rows, count) -> {
      for (int i = 0; i < count; i++) {
        for (int j = 0; j < columns(); j++) {
          all[first + i][j] = rows[i][j];
        }
      }
    });
    return all;
  }
}
