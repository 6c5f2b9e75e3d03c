// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.Blend;
import io.merge4j.Block;
import io.merge4j.Operands;
import io.merge4j.Parameter;
import io.merge4j.kernel.Gram;
import io.merge4j.kernel.Kernels;
import java.util.Arrays;

/// What the methods on task vectors `d_i = x_i - b` share.
final class TaskVectors {

  static final Parameter LAMBDA =
      Parameter.number("lambda").orElse(1).about("factor of the merged task vector");

  private TaskVectors() {}

  /// `y = b + Σ c_i d_i`, as a sum over the models and the base.
  static Blend sum(double... c) {
    double[] coefficients = new double[c.length + 1];
    double rest = 1;
    for (int i = 0; i < c.length; i++) {
      coefficients[i] = c[i];
      rest -= c[i];
    }
    coefficients[c.length] = rest;
    return Blend.weightedSum(coefficients);
  }

  /// Writes the task vector of model `model`, each element rounded once to float32, to `into`.
  ///
  /// @param into as long as the block at least; may be the model's own array
  static void measure(Block block, int model, float[] into) {
    subtract(block.operand(model), block.base(), into, block.size());
  }

  private static void subtract(float[] x, float[] base, float[] into, int size) {
    for (int k = 0; k < size; k++) {
      into[k] = x[k] - base[k];
    }
  }

  /// Inner products of the task vectors: entry `[i][j]` is `<d_i, d_j>`. One pass.
  ///
  /// Taken from the differences themselves. From the products of models and base they would follow
  /// too, as `<x_i,x_j> - <x_i,b> - <b,x_j> + <b,b>`, but with a relative error near `1e-15
  /// (|b|/|d|)²`: 1e-7 for a fine-tune at a distance of 1e-4 from its base, and no correct digit at
  /// 3e-8. Differences in float32 are exact where `x_i` is within a factor of two of `b`, and have
  /// a relative error of 2^-24 elsewhere.
  static double[][] products(Operands x) {
    return products(x, x.count(), x.count());
  }

  /// Inner products of the first `n` operands' differences from operand `origin`.
  static double[][] products(Operands x, int n, int origin) {
    return Gram.matrix(n, x.reduce(new Differences(n, origin)));
  }

  /// Replaces the first `n` operands of a block by their differences from another.
  static void subtract(Block block, int n, int origin) {
    float[] b = block.operands()[origin];
    for (int i = 0; i < n; i++) {
      if (i != origin) {
        subtract(block.operands()[i], b, block.operands()[i], block.size());
      }
    }
    if (origin < n) {
      Arrays.fill(b, 0, block.size(), 0f);
    }
  }

  /// Inner products of differences, as [Gram] has them.
  private record Differences(int n, int origin) implements Sums {

    @Override
    public double[] start() {
      return new double[Gram.pairs(n)];
    }

    @Override
    public void add(double[] sums, Block block) {
      subtract(block, n, origin);
      Kernels.best().gram(block.operands(), n, 0, block.size(), sums);
    }
  }
}
