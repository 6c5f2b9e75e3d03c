// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import io.merge4j.Block;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// The largest change of the elected sign at each element of a chunk, in loops that the compiler
/// turns into vectors: signs and magnitudes are compared as bits, and nothing branches.
final class UnifiedVector {

  private static final int CHUNK = 512;
  private static final int MINUS = 0x80000000;
  private static final int MAGNITUDE = 0x7fffffff;
  private static final int NAN = 0x7fc00000;

  /// The upper half of an infinite float64.
  private static final int INFINITY = 0x7ff00000;

  /// Its arrays are used again and again: new ones for each block would pass through the cache.
  private static final ThreadLocal<UnifiedVector> OF_THREAD =
      ThreadLocal.withInitial(UnifiedVector::new);

  private final double[] sums = new double[CHUNK];

  /// Upper halves of the sums, which have their signs. Only that of 0 is 0, for what float32 add up
  /// to is a normal float64.
  private final int[] heads = new int[CHUNK];

  /// Bits of the largest change that agrees, 0 if none does.
  private final int[] largest = new int[CHUNK];

  private final float[] changes = new float[CHUNK];

  private UnifiedVector() {}

  /// Turns the models of a block into their task vectors, and adds their unified vector to the
  /// base.
  static void add(Block block, double lambda) {
    TaskVectors.subtract(block, block.count(), block.count());
    UnifiedVector chunk = OF_THREAD.get();
    for (int at = 0; at < block.size(); at += CHUNK) {
      chunk.add(block, lambda, at, Math.min(CHUNK, block.size() - at));
    }
  }

  private void add(Block block, double lambda, int at, int size) {
    Arrays.fill(sums, 0, size, 0);
    for (int i = 0; i < block.count(); i++) {
      sum(block.operand(i), at, size);
    }
    decide(size);
    Arrays.fill(largest, 0, size, 0);
    for (int i = 0; i < block.count(); i++) {
      compare(block.operand(i), at, size);
    }
    unify(size);
    add(block.base(), lambda, block.out(), at, size);
  }

  private void sum(float[] d, int at, int size) {
    for (int j = 0; j < size; j++) {
      sums[j] += d[at + j];
    }
  }

  private void decide(int size) {
    MemorySegment from = MemorySegment.ofArray(sums);
    for (int j = 0; j < size; j++) {
      heads[j] = (int) (from.get(JAVA_LONG_UNALIGNED, 8L * j) >>> 32);
    }
  }

  /// With its sign turned where minus is elected, what does not agree is a negative int.
  private void compare(float[] d, int at, int size) {
    MemorySegment bits = MemorySegment.ofArray(d);
    long start = 4L * at;
    for (int j = 0; j < size; j++) {
      int change = bits.get(JAVA_INT_UNALIGNED, start + 4L * j);
      largest[j] = Math.max(largest[j], change ^ (heads[j] & MINUS));
    }
  }

  /// Gives the largest change its sign again: 0 where the sum is, NaN where the sum is.
  private void unify(int size) {
    MemorySegment into = MemorySegment.ofArray(changes);
    for (int j = 0; j < size; j++) {
      int head = heads[j];
      int isElected = -(head & MAGNITUDE) >> 31;
      int isNaN = (INFINITY - (head & MAGNITUDE)) >> 31;
      int change = largest[j] | (head & MINUS);
      into.set(JAVA_INT_UNALIGNED, 4L * j, (change & isElected) | (NAN & isNaN));
    }
  }

  private void add(float[] base, double lambda, float[] out, int at, int size) {
    for (int j = 0; j < size; j++) {
      out[at + j] = (float) (base[at + j] + lambda * changes[j]);
    }
  }
}
