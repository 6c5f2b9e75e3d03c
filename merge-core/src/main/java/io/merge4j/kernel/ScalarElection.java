// SPDX-License-Identifier: Apache-2.0
package io.merge4j.kernel;

import static io.merge4j.kernel.ScalarSelection.INFINITY;
import static io.merge4j.kernel.ScalarSelection.MAGNITUDE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// [Election] in plain loops, one model after the other, which the compiler turns into vectors:
/// none of them branches, for the signs of task vectors can't be predicted.
///
/// Signs are compared as bits, which is a few instructions where a maximum or a signum of doubles
/// is many. Elements that don't come out finite are elected once more, one by one; so are all if a
/// vote or weight is so small that its products may vanish.
final class ScalarElection {

  private static final int MINUS = 0x80000000;

  /// What the sum of the weights of those that agree starts with: weights absorb it, being greater
  /// by far, and where nobody agrees it makes 0 of the quotient.
  private static final double NOBODY = Double.MIN_NORMAL;

  /// The least vote or weight whose products with any float32 are numbers other than 0, and that
  /// [#NOBODY] does not change.
  private static final double LEAST = 0x1p-900;

  /// Elements whose sums are kept at a time: few enough for the core's nearest cache.
  private static final int CHUNK = 512;

  /// New arrays for each block would cost as much as the votes of a model.
  private static final ThreadLocal<ScalarElection> OF_THREAD =
      ThreadLocal.withInitial(ScalarElection::new);

  private final double[] votes = new double[CHUNK];
  private final double[] sums = new double[CHUNK];
  private final double[] divisors = new double[CHUNK];

  /// Negative where minus is elected.
  private final int[] signs = new int[CHUNK];

  /// 1 where a model agrees, else 0.
  private final int[] agrees = new int[CHUNK];

  /// The elements of a base that the result is written over.
  private float[] bases = {};

  private ScalarElection() {}

  static void elect(Election election, float[][] d, float[] base, float[] out, int from, int to) {
    if (from == to) {
      return;
    }
    if (vanishes(election)) {
      for (int i = from; i < to; i++) {
        out[i] = elected(election, d, base[i], i);
      }
      return;
    }
    ScalarElection chunk = OF_THREAD.get();
    boolean over = chunk.keep(base, out, from, to);
    for (int at = from; at < to; at += CHUNK) {
      chunk.electChunk(election, d, base, out, at, Math.min(CHUNK, to - at));
    }
    if (ScalarSelection.maxMagnitude(out, from, to - from) >= INFINITY) {
      electOneByOne(election, d, over ? chunk.bases : base, over ? from : 0, out, from, to);
    }
  }

  /// Keeps the base if the result is written over it: where that is not finite it is needed again.
  ///
  /// @return whether it is
  @SuppressWarnings("ReferenceEquality")
  private boolean keep(float[] base, float[] out, int from, int to) {
    if (out != base) {
      return false;
    }
    if (bases.length < to - from) {
      bases = new float[to - from];
    }
    System.arraycopy(base, from, bases, 0, to - from);
    return true;
  }

  private static boolean vanishes(Election election) {
    for (int i = 0; i < election.votes().length; i++) {
      double vote = Math.abs(election.votes()[i]);
      double weight = Math.abs(election.weights()[i]);
      // A share of nothing is 0 by any divisor.
      boolean divides = election.normalize() && (weight != 0 || election.shares()[i] != 0);
      if (vote != 0 && (vote < LEAST || (divides && weight < LEAST))) {
        return true;
      }
    }
    return false;
  }

  private void electChunk(
      Election election, float[][] d, float[] base, float[] out, int at, int size) {
    Arrays.fill(votes, 0, size, 0);
    for (int i = 0; i < election.votes().length; i++) {
      double vote = election.votes()[i];
      if (vote != 0 && election.counts()) {
        count(d[i], vote, at, size);
      } else if (vote != 0) {
        vote(d[i], vote, at, size);
      }
    }
    decide(size);
    boolean isFirst = true;
    for (int i = 0; i < election.votes().length; i++) {
      double vote = election.votes()[i];
      if (vote != 0) {
        compare(d[i], vote < 0 ? MINUS : 0, at, size);
        share(d[i], vote, election.shares()[i], isFirst, at, size);
        if (election.normalize()) {
          weigh(election.weights()[i], isFirst, size);
        }
        isFirst = false;
      }
    }
    if (isFirst) {
      Arrays.fill(sums, 0, size, 0);
      Arrays.fill(divisors, 0, size, NOBODY);
    }
    if (election.normalize()) {
      settle(election.zero(), election.least() > 0 ? election.least() : 1, size);
      addQuotient(base, election.lambda(), election.least(), out, at, size);
    } else {
      add(base, election.lambda(), out, at, size);
    }
  }

  private void vote(float[] d, double vote, int at, int size) {
    for (int j = 0; j < size; j++) {
      votes[j] += vote * d[at + j];
    }
  }

  private void count(float[] d, double vote, int at, int size) {
    for (int j = 0; j < size; j++) {
      votes[j] += Math.signum(vote * d[at + j]);
    }
  }

  /// Takes the halves of the sums that have the sign. None is -0, since it would be added to 0.
  private void decide(int size) {
    MemorySegment sumsOfVotes = MemorySegment.ofArray(votes);
    for (int j = 0; j < size; j++) {
      signs[j] = (int) (sumsOfVotes.get(JAVA_LONG_UNALIGNED, 8L * j) >>> 32);
    }
  }

  /// Finds where a model's element is not 0 and its vote has the elected sign: both show as a sign
  /// bit, of a number that is negative there.
  private void compare(float[] d, int sign, int at, int size) {
    MemorySegment ofModel = MemorySegment.ofArray(d);
    long start = 4L * at;
    for (int j = 0; j < size; j++) {
      int bits = ofModel.get(JAVA_INT_UNALIGNED, start + 4L * j);
      agrees[j] = (-(bits & MAGNITUDE) & ~(bits ^ sign ^ signs[j])) >>> 31;
    }
  }

  private void share(float[] d, double vote, double share, boolean isFirst, int at, int size) {
    if (isFirst) {
      beginSums(d, vote, share, at, size);
    } else {
      addToSums(d, vote, share, at, size);
    }
  }

  private void beginSums(float[] d, double vote, double share, int at, int size) {
    for (int j = 0; j < size; j++) {
      sums[j] = 0.0 + share * (vote * d[at + j]) * agrees[j];
    }
  }

  private void addToSums(float[] d, double vote, double share, int at, int size) {
    for (int j = 0; j < size; j++) {
      sums[j] += share * (vote * d[at + j]) * agrees[j];
    }
  }

  private void weigh(double weight, boolean isFirst, int size) {
    if (isFirst) {
      beginDivisors(weight, size);
    } else {
      addToDivisors(weight, size);
    }
  }

  private void beginDivisors(double weight, int size) {
    for (int j = 0; j < size; j++) {
      divisors[j] = NOBODY + weight * agrees[j];
    }
  }

  private void addToDivisors(double weight, int size) {
    for (int j = 0; j < size; j++) {
      divisors[j] += weight * agrees[j];
    }
  }

  /// Replaces divisors that count as 0, if weights can cancel.
  private void settle(double zero, double replacement, int size) {
    if (zero > 0) {
      for (int j = 0; j < size; j++) {
        divisors[j] = Math.abs(divisors[j]) <= zero ? replacement : divisors[j];
      }
    }
  }

  private void addQuotient(
      float[] base, double lambda, double least, float[] out, int at, int size) {
    for (int j = 0; j < size; j++) {
      double mean = sums[j] / Math.max(divisors[j], least);
      out[at + j] = (float) (base[at + j] + lambda * mean);
    }
  }

  private void add(float[] base, double lambda, float[] out, int at, int size) {
    for (int j = 0; j < size; j++) {
      out[at + j] = (float) (base[at + j] + lambda * sums[j]);
    }
  }

  /// Elects again where the result is not finite: infinity that does not agree made NaN, as its
  /// product with 0, and weights that cancel made infinity.
  ///
  /// @param origin index of the first base
  private static void electOneByOne(
      Election election, float[][] d, float[] bases, int origin, float[] out, int from, int to) {
    for (int i = from; i < to; i++) {
      if (!Float.isFinite(out[i])) {
        out[i] = elected(election, d, bases[i - origin], i);
      }
    }
  }

  private static float elected(Election election, float[][] d, float base, int i) {
    double votes = 0;
    for (int k = 0; k < election.votes().length; k++) {
      double vote = election.votes()[k] == 0 ? 0 : election.votes()[k] * d[k][i];
      votes += election.counts() ? Math.signum(vote) : vote;
    }
    double sign = votes < 0 ? -1 : 1;
    double sum = 0;
    double divisor = 0;
    for (int k = 0; k < election.votes().length; k++) {
      double vote = election.votes()[k] == 0 ? 0 : election.votes()[k] * d[k][i];
      if (vote * sign > 0) {
        sum += election.shares()[k] * vote;
        divisor += election.weights()[k];
      }
    }
    divisor = Math.max(Math.abs(divisor) <= election.zero() ? 0 : divisor, election.least());
    if (election.normalize() && divisor != 0) {
      sum /= divisor;
    }
    return Double.isNaN(votes) ? Float.NaN : (float) (base + election.lambda() * sum);
  }
}
