// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import java.util.stream.LongStream;

/// Where a tensor is looked at to guess what the whole of it is like.
final class Sample {

  /// Elements of a piece: many pieces, for neighbours are alike.
  static final int PIECE = 256;

  /// Elements of the smallest sample; smaller tensors are taken whole.
  private static final long LEAST = 1 << 16;

  private static final long GREATEST = 1 << 20;

  /// 2^64 over the golden ratio, whose multiples fall evenly and never in step.
  private static final long GOLDEN = 0x9e3779b97f4a7c15L;

  private Sample() {}

  /// Starts of the pieces, in order: all of a small tensor, of others one in each of as many equal
  /// parts, at a place that does not keep step with the rows of a matrix.
  static long[] places(long elements) {
    if (elements <= LEAST) {
      return LongStream.range(0, Math.ceilDiv(elements, PIECE)).map(i -> i * PIECE).toArray();
    }
    long size = Math.clamp(elements / 64, LEAST, GREATEST);
    long[] places = new long[(int) (size / PIECE)];
    long part = elements / places.length;
    for (int i = 0; i < places.length; i++) {
      places[i] = i * part + Math.unsignedMultiplyHigh(i * GOLDEN, part - PIECE + 1);
    }
    return places;
  }
}
