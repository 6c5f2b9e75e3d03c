// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Random numbers that are a function of a key and an element's index alone.
///
/// The number of element `i` is output `i` of SplitMix64 (Steele, Lea & Flood 2014,
/// doi:10.1145/2714064.2660195) started at the key: `mix(key + (i + 1) γ)`. So a mask is the same
/// in whatever order, on however many threads, and in whatever pieces its elements are visited.
final class CounterRandom {

  /// The odd increment of SplitMix64: 2^64 over the golden ratio.
  private static final long GAMMA = 0x9e3779b97f4a7c15L;

  /// Elements at a time: few enough for the core's nearest cache.
  private static final int CHUNK = 512;

  private static final long[] STEPS = new long[CHUNK];

  static {
    Arrays.setAll(STEPS, j -> j * GAMMA);
  }

  private CounterRandom() {}

  /// 53 random bits for element `index`.
  static long bits(long key, long index) {
    return mix(key + (index + 1) * GAMMA) >>> 11;
  }

  /// A uniform number in [0, 1) for element `index`.
  static double uniform(long key, long index) {
    return bits(key, index) * 0x1p-53;
  }

  /// Sets all but a random share of the first `count` elements to zero.
  ///
  /// @param probability with which an element stays, in [0, 1]
  /// @param first index of `x[0]` in the tensor
  static void keep(double probability, long key, long first, float[] x, int count) {
    long limit = (long) Math.ceil(probability * 0x1p53);
    MemorySegment bits = MemorySegment.ofArray(x);
    long[] kept = new long[CHUNK];
    for (int at = 0; at < count; at += CHUNK) {
      int size = Math.min(CHUNK, count - at);
      below(limit, key + (first + at + 1) * GAMMA, kept, size);
      mask(bits, 4L * at, kept, size);
    }
  }

  /// All ones where the random bits are below the limit. Like the next, a loop that the compiler
  /// vectorises: no branch, and steps that are looked up rather than multiplied.
  private static void below(long limit, long state, long[] kept, int size) {
    for (int j = 0; j < size; j++) {
      kept[j] = ((mix(state + STEPS[j]) >>> 11) - limit) >> 63;
    }
  }

  /// Drops NaNs like numbers.
  private static void mask(MemorySegment bits, long offset, long[] kept, int size) {
    for (int j = 0; j < size; j++) {
      long at = offset + 4L * j;
      bits.set(JAVA_INT_UNALIGNED, at, bits.get(JAVA_INT_UNALIGNED, at) & (int) kept[j]);
    }
  }

  private static long mix(long state) {
    long z = (state ^ (state >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
