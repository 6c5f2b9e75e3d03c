// SPDX-License-Identifier: Apache-2.0
package io.merge4j.adapter;

import com.google.common.base.Supplier;
import com.google.common.base.Suppliers;
import io.merge4j.tensor.ComputedTensor;
import io.merge4j.tensor.Tensor;

/// DoRA on a matrix stored in x out, or on an embedding: a magnitude for each column.
///
///     y[:, j] = m[j] / ‖v[:, j]‖ · v[:, j]      v = w + s · left · rightᵀ
///
/// The lengths of all columns are taken in one pass when the first element is read.
///
/// *Source:* Liu et al. 2024, arXiv:2402.09353.
final class ColumnMagnitudes implements ComputedTensor.Elements {

  private final LowRankUpdate update;
  private final Tensor magnitudes;
  private final Supplier<double[]> factors;

  ColumnMagnitudes(LowRankUpdate update, Tensor magnitudes) {
    this.update = update;
    this.magnitudes = magnitudes;
    this.factors = Suppliers.memoize(this::factors);
  }

  long workingBytes() {
    return update.workingBytes() + 3 * Long.BYTES * update.columns();
  }

  @Override
  public void compute(long first, int count, float[] into, int at) {
    double[] factor = factors.get();
    update.compute(first, count, into, at);
    int columns = factor.length;
    for (int k = 0; k < count; k++) {
      into[at + k] = (float) (into[at + k] * factor[(int) ((first + k) % columns)]);
    }
  }

  private double[] factors() {
    int columns = (int) update.columns();
    double[] squares = new double[columns];
    float[] row = new float[columns];
    for (long i = 0; i < update.rows(); i++) {
      update.compute(i * columns, columns, row, 0);
      for (int j = 0; j < columns; j++) {
        squares[j] += (double) row[j] * row[j];
      }
    }
    magnitudes.read(0, columns, row, 0);
    for (int j = 0; j < columns; j++) {
      squares[j] = row[j] / StrictMath.sqrt(squares[j]);
    }
    return squares;
  }
}
