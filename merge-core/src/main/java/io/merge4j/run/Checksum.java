// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32C;

/// The CRC-32C of a tensor's bytes, of which pieces come in any order and from many threads.
///
/// The CRC of two pieces is that of the first, times x^8n for the n bytes of the second, plus that
/// of the second. So each piece adds its own CRC times x^8n for the n bytes behind it, and sums in
/// GF(2) have no order. Multiplication is that of zlib's `crc32_combine`, with the polynomial of
/// Castagnoli, Bräuer and Herrmann (1993), IEEE Trans. Commun. 41(6).
final class Checksum {

  private static final int POLYNOMIAL = 0x82F63B78;

  /// x^(2^k), bit-reversed: x^0 is the topmost bit.
  private static final int[] POWERS = powers();

  private final long size;
  private final AtomicInteger sum = new AtomicInteger();

  /// @param size bytes of the whole tensor
  Checksum(long size) {
    this.size = size;
  }

  /// Adds the remaining bytes of `piece`, which stay remaining.
  ///
  /// @param offset its place in the tensor
  void add(long offset, ByteBuffer piece) {
    CRC32C crc = new CRC32C();
    int start = piece.position();
    crc.update(piece);
    piece.position(start);
    int shifted = shift((int) crc.getValue(), size - offset - piece.remaining());
    sum.accumulateAndGet(shifted, (a, b) -> a ^ b);
  }

  /// The checksum, once every byte was added once.
  int value() {
    return sum.get();
  }

  /// The contribution of a piece with that CRC which has `behind` bytes behind it.
  private static int shift(int crc, long behind) {
    int shifted = crc;
    int k = 3;
    for (long n = behind; n != 0; n >>>= 1, k++) {
      if ((n & 1) != 0) {
        shifted = times(POWERS[k], shifted);
      }
    }
    return shifted;
  }

  /// The product of two polynomials.
  private static int times(int a, int b) {
    int product = 0;
    int shifted = b;
    for (int bit = 1 << 31; bit != 0; bit >>>= 1) {
      if ((a & bit) != 0) {
        product ^= shifted;
      }
      shifted = (shifted & 1) != 0 ? (shifted >>> 1) ^ POLYNOMIAL : shifted >>> 1;
    }
    return product;
  }

  private static int[] powers() {
    int[] powers = new int[Long.SIZE + 3];
    powers[0] = 1 << 30;
    for (int k = 1; k < powers.length; k++) {
      powers[k] = times(powers[k - 1], powers[k - 1]);
    }
    return powers;
  }
}
