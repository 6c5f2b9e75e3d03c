// SPDX-License-Identifier: Apache-2.0
package io.merge4j.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.merge4j.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Tells from the exponents of encoded elements, several in a long, that all are finite.
///
/// NaN and infinity have ones throughout their exponent: with 1 added it overflows into the sign,
/// which is cleared before. No other exponent does.
final class ScalarExponents {

  private static final ValueLayout.OfLong LONG = JAVA_LONG_UNALIGNED.withOrder(LITTLE_ENDIAN);

  private ScalarExponents() {}

  static boolean areFinite(DType dtype, MemorySegment from, long offset, int count) {
    long size = dtype.bytes(count);
    return switch (dtype) {
      case BF16 -> areFinite(0x7f807f80_7f807f80L, 0x00800080_00800080L, from, offset, size);
      case F16 -> areFinite(0x7c007c00_7c007c00L, 0x04000400_04000400L, from, offset, size);
      case F32 -> areFinite(0x7f800000_7f800000L, 0x00800000_00800000L, from, offset, size);
      default -> false;
    };
  }

  /// @param exponents the bits of the exponent of each element in a long
  /// @param ones the lowest bit of each
  private static boolean areFinite(
      long exponents, long ones, MemorySegment from, long offset, long size) {
    int words = (int) (size / 8);
    long rest = 0;
    for (long i = size - 1; i >= 8L * words; i--) {
      rest = (rest << 8) | (from.get(JAVA_BYTE, offset + i) & 0xffL);
    }
    long sums = ((rest & exponents) + ones) | sums(exponents, ones, from, offset, words);
    return (sums & (exponents + ones)) == 0;
  }

  private static long sums(long exponents, long ones, MemorySegment from, long offset, int words) {
    long sums = 0;
    for (int i = 0; i < words; i++) {
      sums |= (from.get(LONG, offset + 8L * i) & exponents) + ones;
    }
    return sums;
  }
}
