// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import io.merge4j.Block;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// To how many models each element of a chunk matters, in loops that the compiler turns into
/// vectors: no branch, for it could not be predicted, and comparisons as those of bits.
final class TallMaskVotes {

  /// Its arrays are used again and again: new ones for each block would pass through the cache.
  private static final ThreadLocal<TallMaskVotes> OF_THREAD =
      ThreadLocal.withInitial(TallMaskVotes::new);

  private static final int CHUNK = 512;

  /// The least bits of a float64 without sign that is NaN.
  private static final long NAN = Double.doubleToRawLongBits(Double.POSITIVE_INFINITY) + 1;

  private final int[] votes = new int[CHUNK];

  /// Magnitudes of a model's changes.
  private final double[] magnitudes = new double[CHUNK];

  /// What they must exceed.
  private final double[] bounds = new double[CHUNK];

  /// What is added to the base.
  private final double[] added = new double[CHUNK];

  private TallMaskVotes() {}

  /// Writes the result of a block over the merged task vector; the models are their task vectors.
  static void apply(TallMasks masks, Block block) {
    TallMaskVotes chunk = OF_THREAD.get();
    for (int at = 0; at < block.size(); at += CHUNK) {
      chunk.apply(masks, block, at, Math.min(CHUNK, block.size() - at));
    }
  }

  private void apply(TallMasks masks, Block block, int at, int size) {
    Arrays.fill(votes, 0, size, 0);
    for (int i = 0; i < masks.lambdas().length; i++) {
      measure(block.operand(i), block.out(), masks.lambdas()[i], at, size);
      vote(size);
    }
    multiply(block.out(), masks.lambda(), at, size);
    mask((int) Math.ceil(masks.k()), size);
    add(block.base(), block.out(), at, size);
  }

  private void measure(float[] d, float[] merged, double lambda, int at, int size) {
    for (int j = 0; j < size; j++) {
      magnitudes[j] = Math.abs((double) d[at + j]);
      bounds[j] = Math.abs(lambda * ((double) merged[at + j] - d[at + j]));
    }
  }

  /// Numbers without sign compare as their bits do. A NaN exceeds nothing, and nothing exceeds one.
  private void vote(int size) {
    MemorySegment own = MemorySegment.ofArray(magnitudes);
    MemorySegment bound = MemorySegment.ofArray(bounds);
    for (int j = 0; j < size; j++) {
      long bits = own.get(JAVA_LONG_UNALIGNED, 8L * j);
      long difference = bound.get(JAVA_LONG_UNALIGNED, 8L * j) - bits;
      votes[j] += (int) ((difference & (bits - NAN)) >>> 63);
    }
  }

  private void multiply(float[] merged, double lambda, int at, int size) {
    for (int j = 0; j < size; j++) {
      added[j] = lambda * merged[at + j];
    }
  }

  private void mask(int least, int size) {
    MemorySegment numbers = MemorySegment.ofArray(added);
    for (int j = 0; j < size; j++) {
      int isKept = (least - 1 - votes[j]) >> 31;
      numbers.set(JAVA_LONG_UNALIGNED, 8L * j, numbers.get(JAVA_LONG_UNALIGNED, 8L * j) & isKept);
    }
  }

  private void add(float[] base, float[] out, int at, int size) {
    for (int j = 0; j < size; j++) {
      out[at + j] = (float) (base[at + j] + added[j]);
    }
  }
}
