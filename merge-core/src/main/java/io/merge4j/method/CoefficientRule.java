// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.Blend;
import io.merge4j.Block;
import io.merge4j.Operands;
import io.merge4j.kernel.Gram;

/// How the coefficients of a sum follow from inner products, of whole tensors, rows or columns.
///
/// With a base, products and coefficients are those of the task vectors, and the base is added.
interface CoefficientRule {

  /// The one number that decides, such as an angle.
  ///
  /// @param products of all pairs of models, as [Gram] has them
  double number(double[] products);

  /// Sets `c` to the coefficients of the models; later elements stay as they are.
  void coefficients(double number, double[] c);

  /// The sum over whole tensors.
  static Blend blend(Operands x, CoefficientRule rule) {
    double[][] products = x.hasBase() ? TaskVectors.products(x) : x.products();
    double[] c = new double[x.count()];
    rule.coefficients(rule.number(Gram.triangle(products)), c);
    return x.hasBase() ? TaskVectors.sum(c) : Blend.weightedSum(c);
  }

  /// Makes the models of a block task vectors if there is a base.
  static void toDifferences(Block block, boolean hasBase) {
    if (hasBase) {
      TaskVectors.subtract(block, block.count(), block.count());
    }
  }
}
