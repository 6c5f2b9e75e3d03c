// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.Block;
import java.util.Arrays;

/// Elects a sign for each element, and adds what the models of that sign have there to the base.
///
///     y = b + λ Σ_agreeing w_i s(d_i) / D
///
/// `D` is the sum of the weights of the models that agree, if it normalizes, and 1 where that is 0.
///
/// @param votes factors that turn task vectors into votes; 0 for a model that neither votes nor adds
/// @param shares factors that turn votes into what is added, `w_i s(d_i)`
/// @param counts whether a vote counts by its sign alone
/// @param least sums of weights below this count as this
@SuppressWarnings("ArrayRecordComponent")
record Election(
    double[] votes,
    double[] shares,
    double[] weights,
    boolean counts,
    boolean normalize,
    double least,
    double lambda) {

  /// Elements whose sums are kept at a time: few enough for the core's nearest cache.
  private static final int CHUNK = 512;

  /// @param scales factors of the task vectors apart from the weights
  /// @param by what votes, not [Consensus#NONE]
  static Election of(
      double[] weights, double[] scales, Consensus by, boolean normalize, double lambda) {
    boolean weighted = by == Consensus.WEIGHTED;
    double[] votes = new double[weights.length];
    Arrays.setAll(votes, i -> weighted ? weights[i] * scales[i] : scales[i]);
    double[] shares = new double[weights.length];
    Arrays.setAll(shares, i -> weighted ? 1 : weights[i]);
    boolean counts = by == Consensus.COUNT;
    return new Election(
        votes, shares, weights, counts, normalize, Double.NEGATIVE_INFINITY, lambda);
  }

  /// Writes the result of a block whose models were turned into their task vectors.
  void apply(Block block) {
    Sums sums = new Sums();
    float[] base = block.base();
    float[] out = block.out();
    for (int at = 0; at < block.size(); at += CHUNK) {
      int size = Math.min(CHUNK, block.size() - at);
      double[] sum = sums(sums, block.operands(), at, size);
      for (int j = 0; j < size; j++) {
        out[at + j] = (float) (base[at + j] + lambda * sum[j]);
      }
    }
  }

  /// What is added to the base but for `lambda`.
  ///
  /// @param d the task vectors, by model
  double[] sums(float[][] d, int count) {
    Sums sums = new Sums();
    double[] all = new double[count];
    for (int at = 0; at < count; at += CHUNK) {
      int size = Math.min(CHUNK, count - at);
      System.arraycopy(sums(sums, d, at, size), 0, all, at, size);
    }
    return all;
  }

  private double[] sums(Sums sums, float[][] d, int at, int size) {
    sums.clear();
    for (int i = 0; i < weights.length; i++) {
      if (votes[i] != 0) {
        sums.add(d[i], at, size, votes[i], shares[i], counts);
        if (normalize) {
          sums.weigh(d[i], at, size, votes[i], weights[i]);
        }
      }
    }
    sums.elect(size, normalize, least);
    return sums.result;
  }

  /// Sums over the models for a chunk of elements; plain loops, which the compiler vectorises.
  private static final class Sums {
    private final double[] votes = new double[CHUNK];
    private final double[] positive = new double[CHUNK];
    private final double[] negative = new double[CHUNK];
    private final double[] positiveWeight = new double[CHUNK];
    private final double[] negativeWeight = new double[CHUNK];
    private final double[] result = votes;

    void clear() {
      for (double[] sum :
          new double[][] {votes, positive, negative, positiveWeight, negativeWeight}) {
        Arrays.fill(sum, 0);
      }
    }

    void add(float[] d, int at, int size, double vote, double share, boolean count) {
      for (int j = 0; j < size; j++) {
        double v = vote * d[at + j];
        votes[j] += count ? Math.signum(v) : v;
        positive[j] += share * Math.max(v, 0);
        negative[j] += share * Math.min(v, 0);
      }
    }

    void weigh(float[] d, int at, int size, double vote, double weight) {
      for (int j = 0; j < size; j++) {
        double sign = Math.signum(vote * d[at + j]);
        positiveWeight[j] += weight * Math.max(sign, 0);
        negativeWeight[j] -= weight * Math.min(sign, 0);
      }
    }

    void elect(int size, boolean normalize, double least) {
      for (int j = 0; j < size; j++) {
        boolean up = votes[j] >= 0;
        double sum = up ? positive[j] : negative[j];
        double weight = Math.max(up ? positiveWeight[j] : negativeWeight[j], least);
        result[j] = normalize && weight != 0 ? sum / weight : sum;
      }
    }
  }
}
