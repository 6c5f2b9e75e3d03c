// SPDX-License-Identifier: Apache-2.0
package io.merge4j.kernel;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.merge4j.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Decoding and encoding in plain Java, in loops that the JVM's compiler turns into vector code.
final class ScalarCodec {

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfDouble DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(LITTLE_ENDIAN);

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
      default -> throw new IllegalArgumentException("Cannot decode " + dtype + " to float32");
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
    for (int i = 0; i < count; i++) {
      into[at + i] = Float.intBitsToFloat(from.get(SHORT, offset + 2L * i) << 16);
    }
  }

  private static void decodeF8(
      float[] values, MemorySegment from, long offset, float[] into, int at, int count) {
    for (int i = 0; i < count; i++) {
      into[at + i] = values[from.get(ValueLayout.JAVA_BYTE, offset + i) & 0xff];
    }
  }

  static void encode(
      DType dtype, float[] from, int at, int count, MemorySegment into, long offset) {
    switch (dtype) {
      case F32 -> encodeF32(from, at, count, into, offset);
      case F64 -> encodeF64(from, at, count, into, offset);
      case F16 -> encodeF16(from, at, count, into, offset);
      case BF16 -> encodeBf16(from, at, count, into, offset);
      default ->
          throw new IllegalArgumentException(
              "Cannot encode to %s, expected one of %s".formatted(dtype, DType.writableNames()));
    }
  }

  private static void encodeF32(float[] from, int at, int count, MemorySegment into, long offset) {
    for (int i = 0; i < count; i++) {
      into.set(INT, offset + 4L * i, Float.floatToIntBits(from[at + i]));
    }
  }

  private static void encodeF64(float[] from, int at, int count, MemorySegment into, long offset) {
    for (int i = 0; i < count; i++) {
      into.set(DOUBLE, offset + 8L * i, from[at + i]);
    }
  }

  private static void encodeF16(float[] from, int at, int count, MemorySegment into, long offset) {
    for (int i = 0; i < count; i++) {
      float v = from[at + i];
      into.set(SHORT, offset + 2L * i, Float.isNaN(v) ? 0x7e00 : Float.floatToFloat16(v));
    }
  }

  private static void encodeBf16(float[] from, int at, int count, MemorySegment into, long offset) {
    for (int i = 0; i < count; i++) {
      into.set(SHORT, offset + 2L * i, bf16(from[at + i]));
    }
  }

  /// The nearest bfloat16, of two equally near the even one.
  private static short bf16(float value) {
    int bits = Float.floatToRawIntBits(value);
    return Float.isNaN(value) ? 0x7fc0 : (short) ((bits + 0x7fff + (bits >>> 16 & 1)) >>> 16);
  }
}
