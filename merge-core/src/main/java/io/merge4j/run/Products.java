// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import io.merge4j.Block;
import io.merge4j.Reduction;
import io.merge4j.kernel.Kernels;

/// Inner products of all pairs of operands: the upper triangle of the Gram matrix, row by row.
record Products(int operands) implements Reduction<double[]> {

  @Override
  public double[] start() {
    return new double[operands * (operands + 1) / 2];
  }

  @Override
  public void add(double[] sums, Block block) {
    Kernels.best().gram(block.operands(), operands, 0, block.size(), sums);
  }

  @Override
  public double[] merge(double[] left, double[] right) {
    for (int k = 0; k < left.length; k++) {
      left[k] += right[k];
    }
    return left;
  }
}
