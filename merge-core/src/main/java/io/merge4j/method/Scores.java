// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.Block;
import io.merge4j.Operands;
import java.util.Arrays;

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

  private static final int CHUNK = ElementaryFunctions.SIZE;

  static Scores of(Operands x) {
    return new Scores(x.reduce(new SpreadPass(x.count(), Scores::magnitudes)));
  }

  private static void magnitudes(Block block, int model, float[] into) {
    float[] x = block.operand(model);
    float[] b = block.base();
    for (int j = 0; j < block.size(); j++) {
      into[j] = Math.abs(x[j] - b[j]);
    }
  }

  /// Scores of the elements of model `model` in a block.
  ///
  /// @param into as long as the block at least
  void measure(Block block, int model, float[] into) {
    ElementaryFunctions functions = new ElementaryFunctions();
    double[] growth = new double[CHUNK];
    double[] agreement = new double[CHUNK];
    for (int at = 0; at < block.size(); at += CHUNK) {
      int n = Math.min(CHUNK, block.size() - at);
      grow(block.operand(model), block.base(), at, sizes[model], growth, n);
      functions.exp(growth, n);
      Arrays.fill(agreement, 0);
      for (int i = 0; i < block.count(); i++) {
        addDifferences(block.operand(i), block.base(), at, agreement, n);
      }
      multiplyByDifferences(block.operand(model), block.base(), at, agreement, n);
      functions.tanh(agreement, n);
      multiply(growth, agreement, into, at, n);
    }
  }

  private void grow(float[] x, float[] b, int at, Spread size, double[] into, int n) {
    double least = size.least;
    double range = size.greatest - least;
    double factor = sizes.length;
    if (range == 0) {
      Arrays.fill(into, 0);
      return;
    }
    for (int j = 0; j < n; j++) {
      double normalised = (Math.abs(x[at + j] - b[at + j]) - least) / range;
      into[j] = factor * normalised * normalised;
    }
  }

  private static void addDifferences(float[] x, float[] b, int at, double[] sums, int n) {
    for (int j = 0; j < n; j++) {
      sums[j] += x[at + j] - b[at + j];
    }
  }

  private static void multiplyByDifferences(float[] x, float[] b, int at, double[] sums, int n) {
    for (int j = 0; j < n; j++) {
      sums[j] *= x[at + j] - b[at + j];
    }
  }

  private static void multiply(double[] x, double[] y, float[] into, int at, int n) {
    for (int j = 0; j < n; j++) {
      into[at + j] = (float) (x[j] * y[j]);
    }
  }

  /// By model, the scores from which on they count, and the greatest: the first and last of the top
  /// `ratio`.
  Spread[] top(Operands x, double ratio) {
    long elements = x.shape().elements();
    long below = Math.min((long) Math.floor(elements * (1 - ratio)), elements - 1);
    Spread[] all = x.reduce(new SpreadPass(x.count(), this::measure));
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
    measure(block, model, into);
    for (int j = 0; j < block.size(); j++) {
      into[j] = Math.max(side * into[j], 0);
    }
  }
}
