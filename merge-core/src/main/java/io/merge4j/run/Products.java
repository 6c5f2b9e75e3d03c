// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import io.merge4j.Block;
import io.merge4j.Reduction;
import io.merge4j.kernel.Gram;
import io.merge4j.kernel.Kernels;

/// Inner products of all pairs of operands, as [Gram] has them.
record Products(int operands) implements Reduction<double[]> {

  @Override
  public double[] start() {
    return new double[Gram.pairs(operands)];
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
