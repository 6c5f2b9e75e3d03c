// SPDX-License-Identifier: Apache-2.0
package io.merge4j.adapter;

import io.merge4j.tensor.ComputedTensor;
import io.merge4j.tensor.Tensor;
import java.util.concurrent.atomic.AtomicLongArray;

/// DoRA on a matrix stored out x in: directions from a low-rank update, a magnitude for each row.
///
///     y[i, :] = m[i] / ‖v[i, :]‖ · v[i, :]      v = w + s · left · rightᵀ
///
/// *Source:* Liu et al. 2024, arXiv:2402.09353.
final class RowMagnitudes implements ComputedTensor.Elements {

  private final LowRankUpdate update;
  private final Tensor magnitudes;

  /// Bits of a row's factor as a double, once it is known; threads that compute one at the same
  /// time find the same.
  private final AtomicLongArray factors;

  private static final long UNKNOWN = Double.doubleToRawLongBits(Double.NaN) + 1;

  RowMagnitudes(LowRankUpdate update, Tensor magnitudes) {
    this.update = update;
    this.magnitudes = magnitudes;
    this.factors = new AtomicLongArray((int) update.rows());
    for (int i = 0; i < factors.length(); i++) {
      factors.setPlain(i, UNKNOWN);
    }
  }

  long workingBytes() {
    return update.workingBytes() + Long.BYTES * update.rows();
  }

  @Override
  public void compute(long first, int count, float[] into, int at) {
    LowRankUpdate.Row row = update.new Row();
    for (int done = 0; done < count; ) {
      long i = (first + done) / update.columns();
      long j = (first + done) % update.columns();
      int size = size(j, count - done);
      double factor = factor(row, i);
      float[] values = row.compute(i, j, size, factor);
      System.arraycopy(values, (int) (j % LowRankUpdate.PANEL), into, at + done, size);
      done += size;
    }
  }

  private int size(long column, long wanted) {
    long left = LowRankUpdate.PANEL - column % LowRankUpdate.PANEL;
    return (int) Math.min(Math.min(wanted, update.columns() - column), left);
  }

  private double factor(LowRankUpdate.Row row, long i) {
    long known = factors.get((int) i);
    if (known != UNKNOWN) {
      return Double.longBitsToDouble(known);
    }
    double squares = 0;
    for (long j = 0; j < update.columns(); j += LowRankUpdate.PANEL) {
      squares += row.squares(i, j, size(j, update.columns()));
    }
    float[] magnitude = new float[1];
    magnitudes.read(i, 1, magnitude, 0);
    double factor = magnitude[0] / StrictMath.sqrt(squares);
    factors.set((int) i, Double.doubleToLongBits(factor));
    return factor;
  }
}
