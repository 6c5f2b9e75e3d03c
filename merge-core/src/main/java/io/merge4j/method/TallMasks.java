// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.Block;
import io.merge4j.Operands;
import io.merge4j.Parameter;
import io.merge4j.Values;

/// Keeps the elements of a merged task vector that matter to several models.
///
///     y = b + λ τ where Σ m_i >= k, b elsewhere      m_i: |d_i| > mask_lambda_i |τ - d_i|
///
/// @param lambdas by model, how near the merged task vector must be for the element to matter
/// @param k how many models an element must matter to
/// @param lambda factor of the merged task vector once it is masked
@SuppressWarnings("ArrayRecordComponent")
record TallMasks(double[] lambdas, double k, double lambda) {

  static final Parameter MASK_LAMBDA =
      Parameter.number("mask_lambda")
          .ofEachModel()
          .orElse(0.4)
          .between(0, Double.POSITIVE_INFINITY)
          .about("the smaller, the more elements matter to the model");

  static final Parameter K =
      Parameter.number("k")
          .orElse(2)
          .between(0, Double.POSITIVE_INFINITY)
          .about("how many models an element must matter to; 0 keeps all elements");

  static TallMasks of(Operands x) {
    return new TallMasks(x.numbers(MASK_LAMBDA), x.number(K), x.number(TaskVectors.LAMBDA));
  }

  /// @throws IllegalArgumentException if no element can matter to so many models
  static void check(Values values) {
    if (values.number(K) > values.count()) {
      throw new IllegalArgumentException(
          "k is %s, expected at most %d, the number of models; else nothing is left to add to the base"
              .formatted(values.number(K), values.count()));
    }
  }

  /// Writes the result of a block over the merged task vector in [Block#out]; the models are their
  /// task vectors.
  void apply(Block block) {
    TallMaskVotes.apply(this, block);
  }
}
