// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.Block;
import io.merge4j.Operands;

/// How elements of task vectors do in competition: by size within their model, by agreement with the
/// others.
///
///     s_i = exp(n |d_i|²) tanh(d_i Σ d_j)      |d_i| from [least, greatest] to [0, 1], n models
///
/// Rounded to float32, in which they are compared.
///
/// @param sizes by model, the magnitudes of its task vector
@SuppressWarnings("ArrayRecordComponent")
record Scores(Spread[] sizes) {

  static Scores of(Operands x) {
    return new Scores(
        x.reduce(new SpreadPass(x.count(), (block, i, j) -> Math.abs(difference(block, i, j)))));
  }

  /// Element `element` of the task vector of model `model`.
  static float difference(Block block, int model, int element) {
    return block.operand(model)[element] - block.base()[element];
  }

  /// Sum of the task vectors at an element.
  static double sum(Block block, int element) {
    double sum = 0;
    for (int i = 0; i < block.count(); i++) {
      sum += difference(block, i, element);
    }
    return sum;
  }

  /// The score of an element of model `model`.
  ///
  /// @param d its task vector there
  /// @param sum of all task vectors there
  float score(int model, float d, double sum) {
    double size = sizes[model].normalised(Math.abs(d));
    return (float) (StrictMath.exp(sizes.length * size * size) * StrictMath.tanh(d * sum));
  }

  private float score(Block block, int model, int element) {
    return score(model, difference(block, model, element), sum(block, element));
  }

  /// By model, the scores from which on they count, and the greatest: the first and last of the top
  /// `ratio`.
  Spread[] top(Operands x, double ratio) {
    long elements = x.shape().elements();
    long below = Math.min((long) Math.floor(elements * (1 - ratio)), elements - 1);
    Spread[] all = x.reduce(new SpreadPass(x.count(), this::score));
    // Selection ranks magnitudes, so each threshold is looked for on its side of 0.
    int[] sides = new int[all.length];
    long[][] counts = new long[all.length][1];
    for (int i = 0; i < all.length; i++) {
      sides[i] = all[i].side(below, elements);
      counts[i][0] = sides[i] > 0 ? elements - below : sides[i] < 0 ? below + 1 : 0;
    }
    Cut[][] cuts =
        new Selection(x, (block, i, into) -> measure(block, i, sides[i], into)).cuts(counts);
    for (int i = 0; i < all.length; i++) {
      all[i].least =
          below == 0
              ? all[i].least
              : below == elements - 1
                  ? all[i].greatest
                  : sides[i] == 0 ? 0 : sides[i] * Float.intBitsToFloat(cuts[i][0].bits());
    }
    return all;
  }

  private void measure(Block block, int model, int side, float[] into) {
    for (int j = 0; j < block.size(); j++) {
      into[j] = Math.max(side * score(block, model, j), 0);
    }
  }
}
