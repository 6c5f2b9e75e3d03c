// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.kernel.Election;
import java.util.Arrays;

/// How models agree on the sign of an element, and which of them take part in it.
enum Consensus {
  /// Not at all: every model takes part.
  NONE,
  /// By the sum of the weighted task vectors; a model takes part if its weighted element has that
  /// sign.
  WEIGHTED,
  /// By the sum of the task vectors; a model takes part if its element has that sign.
  UNWEIGHTED,
  /// By the majority of the models; a model takes part if its element has that sign.
  COUNT;

  /// The election among task vectors whose models weigh that much.
  ///
  /// @param scales factors of the task vectors apart from the weights
  Election election(double[] weights, double[] scales, boolean normalize, double lambda) {
    boolean isWeighted = this == WEIGHTED;
    double[] votes = new double[weights.length];
    Arrays.setAll(votes, i -> isWeighted ? weights[i] * scales[i] : scales[i]);
    double[] shares = new double[weights.length];
    Arrays.setAll(shares, i -> isWeighted ? 1 : weights[i]);
    return new Election(
        votes, shares, weights, this == COUNT, normalize, Double.NEGATIVE_INFINITY, lambda);
  }
}
