// SPDX-License-Identifier: Apache-2.0
package io.merge4j.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/// Counting and choosing elements by magnitude in plain Java; arrays are seen as segments of ints
/// for the reason that [ScalarCodec] gives.
final class ScalarSelection {

  static final int INFINITY = 0x7f800000;
  static final int MAGNITUDE = 0x7fffffff;

  private ScalarSelection() {}

  /// The raw bits of the largest magnitude, NaNs being the largest; 0 for no elements.
  static int maxMagnitude(float[] x, int at, int count) {
    MemorySegment bits = MemorySegment.ofArray(x);
    long start = 4L * at;
    int max = 0;
    for (int i = 0; i < count; i++) {
      max = Math.max(max, bits.get(JAVA_INT_UNALIGNED, start + 4L * i) & MAGNITUDE);
    }
    return max;
  }

  static int nonFinite(float[] x, int at, int count) {
    return maxMagnitude(x, at, count) < INFINITY ? 0 : countAbove(x, at, count, INFINITY - 1);
  }

  static int countAbove(float[] x, int at, int count, int threshold) {
    MemorySegment bits = MemorySegment.ofArray(x);
    long start = 4L * at;
    int above = 0;
    for (int i = 0; i < count; i++) {
      // The sign of a difference that cannot overflow, also for a threshold of -1.
      above += (threshold - (bits.get(JAVA_INT_UNALIGNED, start + 4L * i) & MAGNITUDE)) >>> 31;
    }
    return above;
  }

  static int find(float[] x, int from, int to, int low, int high, int[] into, int size) {
    Hits hits = Hits.OF_THREAD.get();
    int n = size;
    int at = from;
    for (; at + Hits.TABLE <= to; at += Hits.TABLE) {
      hits.find(x, at, low, high);
      n = hits.append(at, into, n);
    }
    for (; at < to; at++) {
      int magnitude = Float.floatToRawIntBits(x[at]) & MAGNITUDE;
      into[n] = at;
      // No branch, for it could not be predicted.
      n += inside(magnitude, low, high) >>> 31;
    }
    return n;
  }

  /// Negative if a magnitude is in the range: neither difference is.
  static int inside(int magnitude, int low, int high) {
    return ~((magnitude - low) | (high - magnitude));
  }

  static void keep(float[] x, int at, int count, int low, int high) {
    MemorySegment bits = MemorySegment.ofArray(x);
    long start = 4L * at;
    for (int i = 0; i < count; i++) {
      int value = bits.get(JAVA_INT_UNALIGNED, start + 4L * i);
      int magnitude = value & MAGNITUDE;
      // All ones where the magnitude is inside; no difference of these overflows.
      int inside = ((low - magnitude) & ~(high - magnitude)) >> 31;
      bits.set(JAVA_INT_UNALIGNED, start + 4L * i, value & inside);
    }
  }
}
