// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import io.merge4j.Block;
import io.merge4j.Operands;
import java.lang.foreign.MemorySegment;
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

  /// Of a thread: new arrays for each block would pass through the cache.
  private static final ThreadLocal<double[][]> CHUNKS =
      ThreadLocal.withInitial(() -> new double[2][CHUNK]);

  private static final int INFINITY = 0x7f800000;
  private static final int MAGNITUDE = 0x7fffffff;

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
    ElementaryFunctions functions = ElementaryFunctions.OF_THREAD.get();
    double[] growth = CHUNKS.get()[0];
    double[] agreement = CHUNKS.get()[1];
    for (int at = 0; at < block.size(); at += CHUNK) {
      int n = Math.min(CHUNK, block.size() - at);
      grow(block.operand(model), block.base(), at, sizes[model], growth, n);
      functions.exp(growth, n);
      Arrays.fill(agreement, 0, n, 0);
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
      Arrays.fill(into, 0, n, 0);
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
  ///
  /// Selection ranks magnitudes. If all thresholds are positive one selection finds both ends; if
  /// not, each is looked for on its side of 0.
  Spread[] top(Operands x, double ratio) {
    long elements = x.shape().elements();
    long below = Math.min((long) Math.floor(elements * (1 - ratio)), elements - 1);
    if (below == 0) {
      return x.reduce(new SpreadPass(x.count(), this::measure));
    }
    long[][] counts = new long[x.count()][];
    Arrays.fill(counts, new long[] {elements - below, 1});
    Cut[][] ends = cuts(x, 1, counts);
    return Arrays.stream(ends).allMatch(end -> end[0].bits() > 0)
        ? Arrays.stream(ends)
            .map(end -> Spread.between(number(end[0]), number(end[1])))
            .toArray(Spread[]::new)
        : topOfAnySign(x, below, ends);
  }

  /// @param ends the threshold and the greatest of each model, as far as they are positive
  private Spread[] topOfAnySign(Operands x, long below, Cut[][] ends) {
    Spread[] all = x.reduce(new SpreadPass(x.count(), this::measure));
    long elements = x.shape().elements();
    if (below == elements - 1) {
      Arrays.stream(all).forEach(each -> each.least = each.greatest);
      return all;
    }
    long[][] counts = new long[all.length][1];
    for (int i = 0; i < all.length; i++) {
      counts[i][0] = all[i].side(below, elements) < 0 ? below + 1 : 0;
    }
    Cut[][] negative = cuts(x, -1, counts);
    for (int i = 0; i < all.length; i++) {
      all[i].least =
          switch (all[i].side(below, elements)) {
            case 1 -> number(ends[i][0]);
            case -1 -> -number(negative[i][0]);
            default -> 0;
          };
    }
    return all;
  }

  private static float number(Cut cut) {
    return Float.intBitsToFloat(cut.bits());
  }

  private Cut[][] cuts(Operands x, int side, long[][] counts) {
    return new Selection(x, (block, i, into) -> measure(block, i, side, into)).cuts(counts);
  }

  /// Scores on one side of 0, which others count as, as magnitudes. NaN stays.
  private void measure(Block block, int model, int side, float[] into) {
    measure(block, model, into);
    if (side < 0) {
      negate(into, block.size());
    }
    MemorySegment bits = MemorySegment.ofArray(into);
    for (int j = 0; j < block.size(); j++) {
      int score = bits.get(JAVA_INT_UNALIGNED, 4L * j);
      int isNegative = score >> 31;
      int isNaN = (INFINITY - (score & MAGNITUDE)) >> 31;
      bits.set(JAVA_INT_UNALIGNED, 4L * j, score & (~isNegative | isNaN));
    }
  }

  private static void negate(float[] x, int n) {
    for (int j = 0; j < n; j++) {
      x[j] = -x[j];
    }
  }
}
