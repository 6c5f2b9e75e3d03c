// SPDX-License-Identifier: Apache-2.0
package io.merge4j.kernel;

/// [Election] between two models in plain Java, in one loop, nothing of it in memory: in vectors or
/// not, that takes half the time of the small loops of [ScalarElection], whose bits these are.
///
/// `v + |v|` is twice a `v` that agrees and 0 for one that does not, cheaper than a maximum. It is
/// NaN for an infinity that does not agree, but then the sum of the votes is NaN, too. Sums begin
/// with 0, so that none is -0.
final class PairElection {

  private PairElection() {}

  /// Whether an election is between two models that both vote, with no bound that any of the three
  /// possible divisors is below; where none agrees there is nothing to divide.
  static boolean isOne(Election election) {
    double[] votes = election.votes();
    return votes.length == 2
        && votes[0] != 0
        && votes[1] != 0
        && !election.counts()
        && !(election.normalize() && election.least() > leastDivisor(election.weights()));
  }

  private static double leastDivisor(double[] weights) {
    return Math.min(Math.min(weights[0], weights[1]), weights[0] + weights[1]);
  }

  static void elect(Election e, float[] d, float[] f, float[] base, float[] out, int from, int to) {
    double voteD = e.votes()[0];
    double voteF = e.votes()[1];
    double shareD = e.shares()[0] / 2;
    double shareF = e.shares()[1] / 2;
    double weightD = e.weights()[0];
    double weightF = e.weights()[1];
    double lambda = e.lambda();
    boolean normalize = e.normalize();
    for (int i = from; i < to; i++) {
      double v = voteD * d[i];
      double w = voteF * f[i];
      double sign = Math.signum(v + w);
      sign += 1 - Math.abs(sign);
      v *= sign;
      w *= sign;
      v += Math.abs(v);
      w += Math.abs(w);
      double sum = 0.0 + shareD * v + shareF * w;
      if (normalize) {
        double divisor = weightD * Math.signum(v) + weightF * Math.signum(w);
        divisor += 1 - Math.abs(Math.signum(divisor));
        sum /= divisor;
      }
      out[i] = (float) (base[i] + lambda * (sign * sum));
    }
  }
}
