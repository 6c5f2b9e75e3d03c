// SPDX-License-Identifier: Apache-2.0
package io.merge4j.adapter;

import com.google.common.base.Supplier;
import com.google.common.base.Suppliers;
import io.merge4j.kernel.Kernels;
import io.merge4j.tensor.ComputedTensor;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;

/// A matrix plus a product of two thin ones, computed where it is read.
///
///     y[i, j] = w[i, j] + s Σ_k left[i, k] right[j, k]
///
/// Sums are taken in float64 and rounded once. The right matrix is held decoded, cut into panels of
/// columns, as long as the tensor is in use; nothing else is held.
final class LowRankUpdate implements ComputedTensor.Elements {

  /// Columns of a panel.
  static final int PANEL = 4096;

  private final Tensor weight;
  private final Factor left;
  private final Factor right;
  private final double scale;
  private final Supplier<float[][][]> panels;

  /// @param weight a matrix; trailing dimensions count as one
  /// @param left a line for each row
  /// @param right a line for each column
  LowRankUpdate(Tensor weight, Factor left, Factor right, double scale) {
    this.weight = weight;
    this.left = left;
    this.right = right;
    this.scale = scale;
    this.panels = Suppliers.memoize(this::panels);
  }

  /// A bias plus `scale` times another.
  static Tensor bias(Tensor bias, Tensor added, double scale) {
    Factor one = new Factor(Tensor.of("one", Shape.of(1), 1), 1, 1, true);
    Factor row = new Factor(added, added.spec().elements(), 1, false);
    return new LowRankUpdate(bias, one, row, scale).tensor();
  }

  /// The sum, under the name and of the type of the matrix.
  Tensor tensor() {
    return new ComputedTensor(weight.spec(), this, workingBytes());
  }

  long rows() {
    return left.lines();
  }

  long columns() {
    return right.lines();
  }

  /// Heap that the right matrix takes.
  long workingBytes() {
    return Float.BYTES * columns() * right.rank() + weight.workingBytes();
  }

  @Override
  public void compute(long first, int count, float[] into, int at) {
    Row row = new Row();
    for (int done = 0; done < count; ) {
      long i = (first + done) / columns();
      long j = (first + done) % columns();
      int size = (int) Math.min(Math.min(count - done, columns() - j), PANEL - j % PANEL);
      row.compute(i, j, size, 1);
      System.arraycopy(row.out, (int) (j % PANEL), into, at + done, size);
      done += size;
    }
  }

  /// Computes parts of rows, each within one panel; belongs to one thread.
  final class Row {
    private final float[] base = new float[(int) Math.min(PANEL, columns())];
    private final float[] out = new float[base.length];
    private final float[] line = new float[left.rank()];
    private final double[] coefficients = new double[left.rank() + 1];
    private final float[][] operands = new float[left.rank() + 1][];
    private long known = -1;

    /// Computes `factor` times row `i`, columns from `j` on; they stand in [#out] from `j mod
    /// PANEL` on.
    float[] compute(long i, long j, int size, double factor) {
      if (known != i) {
        left.line(i, line);
        known = i;
      }
      int at = (int) (j % PANEL);
      weight.read(i * columns() + j, size, base, at);
      operands[0] = base;
      System.arraycopy(panels.get()[(int) (j / PANEL)], 0, operands, 1, line.length);
      coefficients[0] = factor;
      for (int k = 0; k < line.length; k++) {
        coefficients[k + 1] = factor * scale * line[k];
      }
      Kernels.best().weightedSum(coefficients, operands, operands.length, out, at, size);
      return out;
    }

    /// The sum of squares of a part of a row.
    double squares(long i, long j, int size) {
      float[] values = compute(i, j, size, 1);
      return Kernels.best().dot(values, values, (int) (j % PANEL), size);
    }
  }

  private float[][][] panels() {
    int count = (int) ((columns() + PANEL - 1) / PANEL);
    float[][][] all = new float[count][][];
    for (int p = 0; p < count; p++) {
      long first = (long) p * PANEL;
      all[p] = right.panel(first, (int) Math.min(PANEL, columns() - first));
    }
    return all;
  }
}
