// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.Blend;
import io.merge4j.Block;
import io.merge4j.Operands;

/// How the coefficients of a sum follow from inner products, of whole tensors, rows or columns.
///
/// With a base, products and coefficients are those of the task vectors, and the base is added.
interface CoefficientRule {

  /// The one number that decides, such as an angle.
  ///
  /// @param products of all pairs of models: the upper triangle by rows
  double number(double[] products);

  /// Sets `c` to the coefficients of the models; later elements stay as they are.
  void coefficients(double number, double[] c);

  /// The sum over whole tensors.
  static Blend blend(Operands x, CoefficientRule rule) {
    int n = x.count();
    double[][] products = x.hasBase() ? TaskVectors.products(x) : x.products();
    double[] triangle = new double[n * (n + 1) / 2];
    int k = 0;
    for (int i = 0; i < n; i++) {
      for (int j = i; j < n; j++) {
        triangle[k++] = products[i][j];
      }
    }
    double[] c = new double[n];
    rule.coefficients(rule.number(triangle), c);
    return x.hasBase() ? TaskVectors.sum(c) : Blend.weightedSum(c);
  }

  /// Makes the models of a block task vectors if there is a base.
  static void toDifferences(Block block, boolean hasBase) {
    if (hasBase) {
      TaskVectors.subtract(block, block.count(), block.count());
    }
  }
}
