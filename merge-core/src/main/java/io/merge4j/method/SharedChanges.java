// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import io.merge4j.Block;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// How many models changed each element of a chunk, and by how much, in loops that the compiler
/// turns into vectors: magnitudes are compared as bits, and nothing branches.
final class SharedChanges {

  private static final int CHUNK = 512;
  private static final int MAGNITUDE = 0x7fffffff;

  /// Its arrays are used again and again: new ones for each block would pass through the cache.
  private static final ThreadLocal<SharedChanges> OF_THREAD =
      ThreadLocal.withInitial(SharedChanges::new);

  /// How many models changed an element.
  private final int[] changed = new int[CHUNK];

  /// The last of them, counted from 1; 0 if there is none.
  private final int[] last = new int[CHUNK];

  private final double[] sums = new double[CHUNK];
  private final double[] factors = new double[CHUNK];

  private SharedChanges() {}

  /// Adds what one model alone changed, times its factor, and the mean of what several changed, to
  /// the base.
  ///
  /// @param alone factors, by model
  static void add(Block block, double epsilon, double[] alone) {
    double[] factors = new double[alone.length + 1];
    factors[0] = 1;
    System.arraycopy(alone, 0, factors, 1, alone.length);
    forEachChunk(block, epsilon, (chunk, at, size) -> chunk.add(block, factors, at, size));
  }

  /// Counts the elements of a block.
  ///
  /// @param counts by model, those that it changed alone, and then those that others changed too
  static void count(Block block, double epsilon, long[] counts) {
    forEachChunk(block, epsilon, (chunk, at, size) -> chunk.count(block, counts, at, size));
  }

  @FunctionalInterface
  private interface Step {
    void run(SharedChanges chunk, int at, int size);
  }

  private static void forEachChunk(Block block, double epsilon, Step step) {
    int unchanged = unchanged(epsilon);
    TaskVectors.subtract(block, block.count(), block.count());
    SharedChanges chunk = OF_THREAD.get();
    for (int at = 0; at < block.size(); at += CHUNK) {
      int size = Math.min(CHUNK, block.size() - at);
      chunk.dropUnchanged(block, unchanged, at, size);
      step.run(chunk, at, size);
    }
  }

  /// Bits of the largest float32 that is no change.
  private static int unchanged(double epsilon) {
    float nearest = (float) Math.abs(epsilon);
    return Float.floatToRawIntBits(nearest > epsilon ? Math.nextDown(nearest) : nearest);
  }

  /// Makes 0 of what is no change, so that what is not 0 is one.
  private void dropUnchanged(Block block, int unchanged, int at, int size) {
    Arrays.fill(changed, 0, size, 0);
    for (int i = 0; i < block.count(); i++) {
      dropUnchanged(block.operand(i), unchanged, at, size);
    }
  }

  /// No difference of magnitudes overflows; that of NaN is above all others.
  private void dropUnchanged(float[] d, int unchanged, int at, int size) {
    MemorySegment bits = MemorySegment.ofArray(d);
    long start = 4L * at;
    for (int j = 0; j < size; j++) {
      int change = bits.get(JAVA_INT_UNALIGNED, start + 4L * j);
      int isChange = (unchanged - (change & MAGNITUDE)) >> 31;
      changed[j] -= isChange;
      bits.set(JAVA_INT_UNALIGNED, start + 4L * j, change & isChange);
    }
  }

  private void add(Block block, double[] factorsByModel, int at, int size) {
    Arrays.fill(sums, 0, size, 0);
    Arrays.fill(last, 0, size, 0);
    for (int i = 0; i < block.count(); i++) {
      sum(block.operand(i), at, size);
      markLast(block.operand(i), i + 1, at, size);
    }
    chooseFactors(factorsByModel, size);
    addMeans(block.base(), block.out(), at, size);
  }

  private void sum(float[] d, int at, int size) {
    for (int j = 0; j < size; j++) {
      sums[j] += d[at + j];
    }
  }

  private void markLast(float[] d, int number, int at, int size) {
    MemorySegment bits = MemorySegment.ofArray(d);
    long start = 4L * at;
    for (int j = 0; j < size; j++) {
      int isChange = -(bits.get(JAVA_INT_UNALIGNED, start + 4L * j) & MAGNITUDE) >> 31;
      last[j] = (last[j] & ~isChange) | (number & isChange);
    }
  }

  /// Chooses the factor of the only model that changed an element, and 1 if there are others.
  ///
  /// @param factorsByModel that of no model first
  private void chooseFactors(double[] factorsByModel, int size) {
    for (int j = 0; j < size; j++) {
      int isAlone = (changed[j] - 2) >> 31;
      factors[j] = factorsByModel[last[j] & isAlone];
    }
  }

  private void addMeans(float[] base, float[] out, int at, int size) {
    for (int j = 0; j < size; j++) {
      double mean = factors[j] * sums[j] / Math.max(1, changed[j]);
      out[at + j] = (float) (base[at + j] + mean);
    }
  }

  private void count(Block block, long[] counts, int at, int size) {
    for (int i = 0; i < block.count(); i++) {
      count(block.operand(i), counts, i, at, size);
    }
  }

  private void count(float[] d, long[] counts, int model, int at, int size) {
    MemorySegment bits = MemorySegment.ofArray(d);
    long start = 4L * at;
    int all = 0;
    int alone = 0;
    for (int j = 0; j < size; j++) {
      int isChange = -(bits.get(JAVA_INT_UNALIGNED, start + 4L * j) & MAGNITUDE) >>> 31;
      all += isChange;
      alone += isChange & ((changed[j] - 2) >>> 31);
    }
    counts[model] += alone;
    counts[counts.length / 2 + model] += all - alone;
  }
}
