// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import com.google.common.primitives.ImmutableDoubleArray;
import io.merge4j.kernel.Kernels;
import java.util.Arrays;
import java.util.Optional;

/// The last step of a merge: writes one block of the result from the same block of every operand.
///
/// Most blends are a plain loop over the block. They are called from many threads, for blocks in
/// any order, and keep no state.
@FunctionalInterface
public interface Blend {

  /// Fills elements 0 to `block.size()` of [Block#out()].
  void apply(Block block);

  /// Whether a NaN or infinity in any operand that is looked at makes the result NaN or infinite at
  /// that element, so that the engine, which counts them, need not look at the operands while the
  /// result is finite.
  default boolean showsNonFinite() {
    return false;
  }

  /// The coefficients if this is a weighted sum of whole tensors: one per model, and one more for a
  /// base apart from them; the last may be missing if they are 0. An operand whose coefficient is 0
  /// is not read.
  ///
  /// What is known to be a sum can be carried out without the elements, as on the factors of
  /// adapters.
  default Optional<ImmutableDoubleArray> coefficients() {
    return Optional.empty();
  }

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
    return new WeightedSum(c);
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
    public Optional<ImmutableDoubleArray> coefficients() {
      double[] coefficients = new double[operand + 1];
      coefficients[operand] = 1;
      return Optional.of(ImmutableDoubleArray.copyOf(coefficients));
    }

    @Override
    public void apply(Block block) {
      System.arraycopy(block.operands()[operand], 0, block.out(), 0, block.size());
    }
  }

  /// `y = Σ c_i x_i`
  final class WeightedSum implements Blend {

    private final double[] coefficients;

    private WeightedSum(double[] coefficients) {
      this.coefficients = coefficients;
    }

    @Override
    public void apply(Block block) {
      Kernels.best()
          .weightedSum(
              coefficients, block.operands(), coefficients.length, block.out(), 0, block.size());
    }

    @Override
    public Optional<ImmutableDoubleArray> coefficients() {
      return Optional.of(ImmutableDoubleArray.copyOf(coefficients));
    }

    @Override
    public boolean showsNonFinite() {
      return true;
    }
  }
}
