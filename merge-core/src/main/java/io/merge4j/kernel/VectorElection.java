// SPDX-License-Identifier: Apache-2.0
package io.merge4j.kernel;

import static io.merge4j.kernel.VectorKernels.FULL;
import static io.merge4j.kernel.VectorKernels.HALF;
import static jdk.incubator.vector.VectorOperators.D2F;
import static jdk.incubator.vector.VectorOperators.F2D;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.IS_NAN;
import static jdk.incubator.vector.VectorOperators.LE;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/// [Election] with the Vector API: all models for one vector of elements, whose sums stay in
/// registers. To the bits that of [ScalarElection].
final class VectorElection {

  private static final VectorSpecies<Double> D = FULL.withLanes(double.class);
  private static final VectorSpecies<Float> F = HALF.withLanes(float.class);

  private VectorElection() {}

  /// Elects for whole vectors of elements.
  ///
  /// @param election one that does not count
  /// @return the first element that was left, fewer than a vector
  static int elect(Election election, float[][] d, float[] base, float[] out, int from, int to) {
    int end = from + D.loopBound(to - from);
    if (election.votes().length == 2 && election.votes()[0] != 0 && election.votes()[1] != 0) {
      two(election, d[0], d[1], base, out, from, end);
    } else {
      more(election, d, base, out, from, end);
    }
    return end;
  }

  /// Two models, whose votes stay in registers.
  private static void two(
      Election e, float[] d, float[] f, float[] base, float[] out, int from, int to) {
    double voteD = e.votes()[0];
    double voteF = e.votes()[1];
    double shareD = e.shares()[0];
    double shareF = e.shares()[1];
    double weightD = e.weights()[0];
    double weightF = e.weights()[1];
    for (int i = from; i < to; i += D.length()) {
      DoubleVector v = load(d, i).mul(voteD);
      DoubleVector w = load(f, i).mul(voteF);
      DoubleVector votes = v.add(w);
      DoubleVector signs = signs(votes);
      VectorMask<Double> vAgrees = v.mul(signs).compare(GT, 0);
      VectorMask<Double> wAgrees = w.mul(signs).compare(GT, 0);
      DoubleVector zero = DoubleVector.zero(D);
      DoubleVector sum = zero.add(v.mul(shareD), vAgrees).add(w.mul(shareF), wAgrees);
      if (e.normalize()) {
        sum = sum.div(divisors(e, zero.add(weightD, vAgrees).add(weightF, wAgrees)));
      }
      round(sum.mul(e.lambda()), votes, base, out, i);
    }
  }

  private static void more(Election e, float[][] d, float[] base, float[] out, int from, int to) {
    double[] votes = e.votes();
    for (int i = from; i < to; i += D.length()) {
      DoubleVector sumOfVotes = DoubleVector.zero(D);
      for (int k = 0; k < votes.length; k++) {
        if (votes[k] != 0) {
          sumOfVotes = sumOfVotes.add(load(d[k], i).mul(votes[k]));
        }
      }
      DoubleVector signs = signs(sumOfVotes);
      DoubleVector sum = DoubleVector.zero(D);
      DoubleVector weights = sum;
      for (int k = 0; k < votes.length; k++) {
        if (votes[k] != 0) {
          DoubleVector v = load(d[k], i).mul(votes[k]);
          VectorMask<Double> agrees = v.mul(signs).compare(GT, 0);
          sum = sum.add(v.mul(e.shares()[k]), agrees);
          weights = weights.add(e.weights()[k], agrees);
        }
      }
      if (e.normalize()) {
        sum = sum.div(divisors(e, weights));
      }
      round(sum.mul(e.lambda()), sumOfVotes, base, out, i);
    }
  }

  /// 1 for a sum of votes of 0 and more, -1 for less.
  private static DoubleVector signs(DoubleVector votes) {
    return DoubleVector.broadcast(D, 1).blend(-1, votes.lt(0));
  }

  private static DoubleVector divisors(Election e, DoubleVector weights) {
    DoubleVector divisors = weights.blend(0, weights.abs().compare(LE, e.zero())).max(e.least());
    return divisors.blend(1, divisors.eq(0));
  }

  /// Adds what was elected to the base; NaN where the sum of votes is.
  private static void round(
      DoubleVector elected, DoubleVector votes, float[] base, float[] out, int i) {
    DoubleVector y = load(base, i).add(elected).blend(votes, votes.test(IS_NAN));
    ((FloatVector) y.convertShape(D2F, F, 0)).intoArray(out, i);
  }

  private static DoubleVector load(float[] x, int i) {
    return (DoubleVector) FloatVector.fromArray(F, x, i).convertShape(F2D, D, 0);
  }
}
