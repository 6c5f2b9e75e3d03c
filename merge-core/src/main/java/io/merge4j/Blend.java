// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import io.merge4j.kernel.Kernels;
import java.util.Arrays;

/// The last step of a merge: writes one block of the result from the same block of every operand.
///
/// Most blends are a plain loop over the block. They are called from many threads, for blocks in
/// any order, and keep no state.
@FunctionalInterface
public interface Blend {

  /// Fills elements 0 to `block.size()` of [Block#out()].
  void apply(Block block);

  /// `y = Σ c_i x_i`, summed in float64 in the order of the operands and rounded to float32.
  ///
  /// A model whose coefficient is 0 is not looked at, so that its NaNs stay out; a single
  /// coefficient 1 among zeros is a [copy][#copy].
  ///
  /// @param coefficients one per model, and one more for a base apart from the models
  static Blend weightedSum(double... coefficients) {
    double[] c = coefficients.clone();
    long used = Arrays.stream(c).filter(value -> value != 0).count();
    for (int i = 0; i < c.length; i++) {
      if (used == 1 && c[i] == 1) {
        return copy(i);
      }
    }
    return block ->
        Kernels.best()
            .weightedSum(c, block.operands(), c.length, block.out(), 0, block.size(), false);
  }

  /// `y = x_operand`; the very bytes if the type stays.
  static Blend copy(int operand) {
    return new Copy(operand);
  }

  /// `y = x_operand`
  ///
  /// @param operand number of a model, or the number of models for a base apart from them
  record Copy(int operand) implements Blend {
    @Override
    public void apply(Block block) {
      System.arraycopy(block.operands()[operand], 0, block.out(), 0, block.size());
    }
  }
}
