// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;

/// Random numbers that are a function of a key and an element's index alone.
///
/// Elements 2i and 2i + 1 have the lower and the upper half of output `i` of SplitMix64 (Steele,
/// Lea & Flood 2014, doi:10.1145/2714064.2660195) started at the key: `mix(key + (i + 1) γ)`. So a
/// mask is the same in whatever order, on however many threads, and in whatever pieces its elements
/// are visited.
final class CounterRandom {

  /// The odd increment of SplitMix64: 2^64 over the golden ratio.
  private static final long GAMMA = 0x9e3779b97f4a7c15L;

  private static final long LOW = 0xffffffffL;

  /// Pairs of elements at a time: few enough for the core's nearest cache.
  private static final int CHUNK = 512;

  private static final long[] STEPS = new long[CHUNK];

  /// By how much two halves turn so that the first one meets the first of two floats in memory.
  private static final int TURN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? 0 : 32;

  static {
    Arrays.setAll(STEPS, j -> j * GAMMA);
  }

  private CounterRandom() {}

  /// 32 random bits for element `index`.
  static long bits(long key, long index) {
    long pair = mix(key + ((index >>> 1) + 1) * GAMMA);
    return (index & 1) == 0 ? pair & LOW : pair >>> 32;
  }

  /// A uniform number in [0, 1) for element `index`.
  static double uniform(long key, long index) {
    return bits(key, index) * 0x1p-32;
  }

  /// Writes the random bits of pairs of elements, each pair so that it lies in memory as two ints.
  ///
  /// @param first index of an element of the first pair
  static void pairs(long key, long first, long[] into, int pairs) {
    long state = key + ((first >>> 1) + 1) * GAMMA;
    for (int at = 0; at < pairs; at += CHUNK) {
      mix(state + at * GAMMA, into, at, Math.min(CHUNK, pairs - at));
    }
  }

  private static void mix(long state, long[] into, int at, int size) {
    for (int j = 0; j < size; j++) {
      into[at + j] = Long.rotateLeft(mix(state + STEPS[j]), TURN);
    }
  }

  /// Sets all but a random share of the first `count` elements to zero. Drops NaNs like numbers.
  ///
  /// @param probability with which an element stays, in [0, 1]
  /// @param first index of `x[0]` in the tensor
  static void keep(double probability, long key, long first, float[] x, int count) {
    long limit = (long) Math.ceil(probability * 0x1p32);
    int start = (int) Math.min(first & 1, count);
    int pairs = (count - start) / 2;
    if (start > 0) {
      keepOne(limit, key, first, x, 0);
    }
    keepPairs(limit, key + ((first + start) / 2 + 1) * GAMMA, x, start, pairs);
    if (start + 2 * pairs < count) {
      keepOne(limit, key, first, x, count - 1);
    }
  }

  private static void keepOne(long limit, long key, long first, float[] x, int at) {
    if (bits(key, first + at) >= limit) {
      x[at] = 0;
    }
  }

  /// @param state of the generator for the first pair
  private static void keepPairs(long limit, long state, float[] x, int start, int pairs) {
    MemorySegment bits = MemorySegment.ofArray(x);
    for (int at = 0; at < pairs; at += CHUNK) {
      keepBelow(limit, state + at * GAMMA, bits, 4L * start + 8L * at, Math.min(CHUNK, pairs - at));
    }
  }

  /// Keeps the halves whose random bits are below the limit. A loop that the compiler vectorises:
  /// no branch, and steps that are looked up rather than multiplied.
  private static void keepBelow(long limit, long state, MemorySegment bits, long offset, int size) {
    for (int j = 0; j < size; j++) {
      long pair = mix(state + STEPS[j]);
      // Where the difference is negative its upper half is all ones, otherwise all zeros.
      long first = ((pair & LOW) - limit) >>> 32;
      long second = ((pair >>> 32) - limit) & ~LOW;
      long at = offset + 8L * j;
      long mask = Long.rotateLeft(first | second, TURN);
      bits.set(JAVA_LONG_UNALIGNED, at, bits.get(JAVA_LONG_UNALIGNED, at) & mask);
    }
  }

  private static long mix(long state) {
    long z = (state ^ (state >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
