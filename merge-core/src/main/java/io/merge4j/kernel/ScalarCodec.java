// SPDX-License-Identifier: Apache-2.0
package io.merge4j.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.merge4j.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Decoding and encoding in plain Java, in loops that the JVM's compiler turns into vector code.
///
/// It does so for loops over segments, also over arrays seen as segments, and for conversions
/// between int and long; not for `Float.intBitsToFloat` and not for narrowing to short. Hence the
/// bfloat16 loops here move two elements at a time as the halves of a long.
final class ScalarCodec {

  private static final int INFINITY = 0x7f800000;

  private static final ValueLayout.OfShort SHORT = JAVA_SHORT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT = JAVA_INT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT = JAVA_FLOAT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfDouble DOUBLE = JAVA_DOUBLE_UNALIGNED.withOrder(LITTLE_ENDIAN);

  /// Whether the first of two floats in an array is the low half of the long at its place.
  private static final boolean PAIRS = ByteOrder.nativeOrder() == LITTLE_ENDIAN;

  private ScalarCodec() {}

  static void decode(
      DType dtype, MemorySegment from, long offset, float[] into, int at, int count) {
    switch (dtype) {
      case F32 -> MemorySegment.copy(from, FLOAT, offset, into, at, count);
      case F64 -> decodeF64(from, offset, into, at, count);
      case F16 -> decodeF16(from, offset, into, at, count);
      case BF16 -> decodeBf16(from, offset, into, at, count);
      case F8_E4M3, F8_E5M2, F8_E8M0, F8_E4M3FNUZ, F8_E5M2FNUZ ->
          decodeF8(SmallFloats.values(dtype), from, offset, into, at, count);
      default ->
          throw new IllegalArgumentException(
              "Cannot decode %s to float32: it is not a floating type".formatted(dtype));
    }
  }

  private static void decodeF64(MemorySegment from, long offset, float[] into, int at, int count) {
    for (int i = 0; i < count; i++) {
      into[at + i] = (float) from.get(DOUBLE, offset + 8L * i);
    }
  }

  private static void decodeF16(MemorySegment from, long offset, float[] into, int at, int count) {
    for (int i = 0; i < count; i++) {
      into[at + i] = Float.float16ToFloat(from.get(SHORT, offset + 2L * i));
    }
  }

  private static void decodeBf16(MemorySegment from, long offset, float[] into, int at, int count) {
    int pairs = PAIRS ? count / 2 : 0;
    decodeBf16Pairs(from, offset, into, at, pairs);
    for (int i = 2 * pairs; i < count; i++) {
      into[at + i] = Float.intBitsToFloat(from.get(SHORT, offset + 2L * i) << 16);
    }
  }

  /// A bfloat16 is the upper half of a float: `BBBBAAAA` becomes `BBBB0000AAAA0000`.
  private static void decodeBf16Pairs(
      MemorySegment from, long offset, float[] into, int at, int pairs) {
    MemorySegment floats = MemorySegment.ofArray(into);
    long start = 4L * at;
    for (int i = 0; i < pairs; i++) {
      long pair = from.get(INT, offset + 4L * i);
      floats.set(
          JAVA_LONG_UNALIGNED, start + 8L * i, (pair & 0xffff0000L) << 32 | (pair & 0xffffL) << 16);
    }
  }

  private static void decodeF8(
      float[] values, MemorySegment from, long offset, float[] into, int at, int count) {
    for (int i = 0; i < count; i++) {
      into[at + i] = values[from.get(JAVA_BYTE, offset + i) & 0xff];
    }
  }

  static boolean encode(
      DType dtype, float[] from, int at, int count, MemorySegment into, long offset) {
    if (!dtype.isWritable()) {
      throw new IllegalArgumentException(
          "Cannot encode to %s, expected one of %s".formatted(dtype, DType.writableNames()));
    }
    if (dtype == DType.BF16) {
      boolean finite = encodeBf16(from, at, count, into, offset);
      if (!finite) {
        encodeOneByOne(dtype, from, at, count, into, offset);
      }
      return finite;
    }
    int largest = ScalarSelection.maxMagnitude(from, at, count);
    if (largest > INFINITY) {
      encodeOneByOne(dtype, from, at, count, into, offset);
      return false;
    }
    switch (dtype) {
      case F32 -> MemorySegment.copy(from, at, into, FLOAT, offset, count);
      case F16 -> encodeF16(from, at, count, into, offset);
      default -> encodeF64(from, at, count, into, offset);
    }
    return largest < INFINITY;
  }

  private static void encodeF64(float[] from, int at, int count, MemorySegment into, long offset) {
    for (int i = 0; i < count; i++) {
      into.set(DOUBLE, offset + 8L * i, from[at + i]);
    }
  }

  private static void encodeF16(float[] from, int at, int count, MemorySegment into, long offset) {
    for (int i = 0; i < count; i++) {
      into.set(SHORT, offset + 2L * i, Float.floatToFloat16(from[at + i]));
    }
  }

  /// @return whether all are finite; only then are they encoded
  private static boolean encodeBf16(
      float[] from, int at, int count, MemorySegment into, long offset) {
    int pairs = PAIRS ? count / 2 : 0;
    boolean finite = encodeBf16Pairs(from, at, pairs, into, offset);
    for (int i = 2 * pairs; i < count; i++) {
      finite &= Float.isFinite(from[at + i]);
      into.set(SHORT, offset + 2L * i, bf16(from[at + i]));
    }
    return finite;
  }

  /// Adds to both halves what rounds the upper 16 bits to nearest even, and puts those together:
  /// `BBBBbbbbAAAAaaaa` becomes `BBBBAAAA`. Without NaN the sum of the low half never overflows; on
  /// the way it looks for exponents as [ScalarExponents] does.
  private static boolean encodeBf16Pairs(
      float[] from, int at, int pairs, MemorySegment into, long offset) {
    MemorySegment floats = MemorySegment.ofArray(from);
    long start = 4L * at;
    long sums = 0;
    for (int i = 0; i < pairs; i++) {
      long pair = floats.get(JAVA_LONG_UNALIGNED, start + 8L * i);
      sums |= (pair & 0x7f800000_7f800000L) + 0x00800000_00800000L;
      long odd = pair >>> 16 & 0x00000001_00000001L;
      long sum = pair + 0x00007fff_00007fffL + odd;
      into.set(INT, offset + 4L * i, (int) ((sum >>> 16 & 0xffffL) | (sum >>> 32 & 0xffff0000L)));
    }
    return (sums & 0x80000000_80000000L) == 0;
  }

  private static void encodeOneByOne(
      DType dtype, float[] from, int at, int count, MemorySegment into, long offset) {
    for (int i = 0; i < count; i++) {
      float value = from[at + i];
      switch (dtype) {
        case F32 -> into.set(INT, offset + 4L * i, Float.floatToIntBits(value));
        case F16 -> into.set(SHORT, offset + 2L * i, f16(value));
        case BF16 -> into.set(SHORT, offset + 2L * i, bf16(value));
        default -> into.set(DOUBLE, offset + 8L * i, Float.isNaN(value) ? Double.NaN : value);
      }
    }
  }

  private static short f16(float value) {
    return Float.isNaN(value) ? 0x7e00 : Float.floatToFloat16(value);
  }

  private static short bf16(float value) {
    int bits = Float.floatToRawIntBits(value);
    return Float.isNaN(value) ? 0x7fc0 : (short) ((bits + 0x7fff + (bits >>> 16 & 1)) >>> 16);
  }
}
