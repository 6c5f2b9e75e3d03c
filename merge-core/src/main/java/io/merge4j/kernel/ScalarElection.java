// SPDX-License-Identifier: Apache-2.0
package io.merge4j.kernel;

import java.util.Arrays;

/// [Election] in plain loops, one model after the other, which the compiler turns into vectors:
/// none of them branches, for the signs of task vectors can't be predicted.
final class ScalarElection {

  /// Elements whose sums are kept at a time: few enough for the core's nearest cache.
  private static final int CHUNK = 512;

  /// New arrays for each block would cost as much as the votes of a model.
  private static final ThreadLocal<ScalarElection> OF_THREAD =
      ThreadLocal.withInitial(ScalarElection::new);

  private final double[] signs = new double[CHUNK];
  private final double[] sums = new double[CHUNK];
  private final double[] divisors = new double[CHUNK];

  private ScalarElection() {}

  static void elect(Election election, float[][] d, float[] base, float[] out, int from, int to) {
    ScalarElection chunk = OF_THREAD.get();
    for (int at = from; at < to; at += CHUNK) {
      chunk.electChunk(election, d, base, out, at, Math.min(CHUNK, to - at));
    }
  }

  private void electChunk(
      Election election, float[][] d, float[] base, float[] out, int at, int size) {
    Arrays.fill(signs, 0, size, 0);
    Arrays.fill(sums, 0, size, 0);
    Arrays.fill(divisors, 0, size, 0);
    for (int i = 0; i < election.votes().length; i++) {
      double vote = election.votes()[i];
      if (vote != 0 && election.counts()) {
        count(d[i], vote, at, size);
      } else if (vote != 0) {
        vote(d[i], vote, at, size);
      }
    }
    decide(size);
    for (int i = 0; i < election.votes().length; i++) {
      double vote = election.votes()[i];
      if (vote != 0 && election.normalize()) {
        share(d[i], vote, election.shares()[i], election.weights()[i], at, size);
      } else if (vote != 0) {
        share(d[i], vote, election.shares()[i], at, size);
      }
    }
    if (election.normalize()) {
      addQuotient(base, election.lambda(), election.least(), out, at, size);
    } else {
      add(base, election.lambda(), out, at, size);
    }
  }

  private void vote(float[] d, double vote, int at, int size) {
    for (int j = 0; j < size; j++) {
      signs[j] += vote * d[at + j];
    }
  }

  private void count(float[] d, double vote, int at, int size) {
    for (int j = 0; j < size; j++) {
      signs[j] += Math.signum(vote * d[at + j]);
    }
  }

  /// Turns sums of votes into signs: 1 for 0, NaN for NaN.
  private void decide(int size) {
    for (int j = 0; j < size; j++) {
      double sign = Math.signum(signs[j]);
      signs[j] = sign + (1 - Math.abs(sign));
    }
  }

  private void share(float[] d, double vote, double share, int at, int size) {
    for (int j = 0; j < size; j++) {
      sums[j] += share * Math.max(signs[j] * (vote * d[at + j]), 0);
    }
  }

  private void share(float[] d, double vote, double share, double weight, int at, int size) {
    for (int j = 0; j < size; j++) {
      double agreeing = Math.max(signs[j] * (vote * d[at + j]), 0);
      sums[j] += share * agreeing;
      divisors[j] += weight * Math.signum(agreeing);
    }
  }

  private void addQuotient(
      float[] base, double lambda, double least, float[] out, int at, int size) {
    for (int j = 0; j < size; j++) {
      double divisor = Math.max(divisors[j], least);
      double mean = sums[j] / (divisor + (1 - Math.abs(Math.signum(divisor))));
      out[at + j] = (float) (base[at + j] + lambda * (signs[j] * mean));
    }
  }

  private void add(float[] base, double lambda, float[] out, int at, int size) {
    for (int j = 0; j < size; j++) {
      out[at + j] = (float) (base[at + j] + lambda * (signs[j] * sums[j]));
    }
  }
}
