// SPDX-License-Identifier: Apache-2.0
package io.merge4j.kernel;

/// Elects a sign for each element, and adds what the models of that sign have there to a base.
///
///     v_i = votes_i d_i
///     y   = b + λ Σ_agreeing shares_i v_i / D
///
/// The sign is that of the sum of the `v_i`, or of their signs with `counts`; a sum of 0 elects plus.
/// A model agrees if its `v_i` has that sign; 0 agrees with none. `D` is 1 without `normalize`; else the
/// sum of the weights of the models that agree, at least `least`, and 1 where that is 0. Weights are
/// decimal: those that cancel do so but for the error of their binary form, see [#zero()].
///
/// All in float64 and in the models' order, rounded once to float32. A sum of votes that is NaN makes
/// the element NaN.
///
/// Source: Yadav et al. 2023, *TIES-Merging*, arXiv 2306.01708, section 3.
///
/// @param votes by model; 0 for one that neither votes nor adds, and is not looked at
/// @param shares by model
/// @param weights by model
/// @param counts whether a vote counts by its sign alone
/// @param least lower bound of `D` before the test for 0; negative infinity for none
@SuppressWarnings("ArrayRecordComponent")
public record Election(
    double[] votes,
    double[] shares,
    double[] weights,
    boolean counts,
    boolean normalize,
    double least,
    double lambda) {

  /// Far more than the error of a sum of weights, relative to their size.
  private static final double ROUNDING = 1e-12;

  /// An election in which all models of weights other than 0 take part.
  ///
  /// @throws IllegalArgumentException if the arrays differ in length
  public Election {
    if (votes.length != shares.length || votes.length != weights.length) {
      throw new IllegalArgumentException(
          "%d votes, %d shares and %d weights, expected one of each per model"
              .formatted(votes.length, shares.length, weights.length));
    }
  }

  /// The greatest magnitude of a sum of weights that counts as 0: more than 0 only where weights of
  /// both signs can cancel.
  double zero() {
    double sum = 0;
    double size = 0;
    for (double weight : weights) {
      sum += weight;
      size += Math.abs(weight);
    }
    return Math.abs(sum) < size ? ROUNDING * size : 0;
  }
}
