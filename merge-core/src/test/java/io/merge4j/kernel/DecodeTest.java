// SPDX-License-Identifier: Apache-2.0
package io.merge4j.kernel;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.merge4j.tensor.DType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class DecodeTest {

  private static final String ALL = "io.merge4j.kernel.KernelSets#all";

  /// The value of `bits` in a format of sign, exponent and mantissa whose exponent 0 is subnormal.
  private static double defined(int bits, int exponentBits, int mantissaBits, int bias) {
    int exponent = (bits >> mantissaBits) % (1 << exponentBits);
    double fraction = bits % (1 << mantissaBits) / Math.pow(2, mantissaBits);
    double magnitude =
        exponent == 0
            ? fraction * Math.pow(2, 1 - bias)
            : (1 + fraction) * Math.pow(2, exponent - bias);
    return bits >> (exponentBits + mantissaBits) == 1 ? -magnitude : magnitude;
  }

  private static void assertSame(float actual, double expected, int bits) {
    assertThat(Float.floatToIntBits(actual))
        .as("pattern 0x%x: %s, expected %s", bits, actual, expected)
        .isEqualTo(Float.floatToIntBits((float) expected));
  }

  private static float[] decoded(Kernels kernels, DType dtype, byte[] bytes) {
    float[] values = new float[Math.toIntExact(bytes.length * 8L / dtype.bits())];
    kernels.decode(dtype, MemorySegment.ofArray(bytes), 0, values, 0, values.length);
    return values;
  }

  private static byte[] all16BitPatterns() {
    ByteBuffer bytes = ByteBuffer.allocate(2 << 16).order(ByteOrder.LITTLE_ENDIAN);
    for (int bits = 0; bits < 1 << 16; bits++) {
      bytes.putShort((short) bits);
    }
    return bytes.array();
  }

  private static byte[] all8BitPatterns() {
    byte[] bytes = new byte[256];
    for (int bits = 0; bits < 256; bits++) {
      bytes[bits] = (byte) bits;
    }
    return bytes;
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void every_bfloat16_has_its_value(Kernels kernels) {
    float[] values = decoded(kernels, DType.BF16, all16BitPatterns());
    for (int bits = 0; bits < 1 << 16; bits++) {
      boolean special = (bits & 0x7f80) == 0x7f80;
      double expected = special ? special(bits, 0x7f80) : defined(bits, 8, 7, 127);
      assertSame(values[bits], expected, bits);
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void every_float16_has_its_value(Kernels kernels) {
    float[] values = decoded(kernels, DType.F16, all16BitPatterns());
    for (int bits = 0; bits < 1 << 16; bits++) {
      boolean special = (bits & 0x7c00) == 0x7c00;
      double expected = special ? special(bits, 0x7c00) : defined(bits, 5, 10, 15);
      assertSame(values[bits], expected, bits);
    }
  }

  private static double special(int bits, int infinity) {
    if ((bits & 0x7fff) != infinity) {
      return Double.NaN;
    }
    return bits == infinity ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void every_f8_e4m3_has_its_value(Kernels kernels) {
    float[] values = decoded(kernels, DType.F8_E4M3, all8BitPatterns());
    for (int bits = 0; bits < 256; bits++) {
      boolean nan = bits == 0x7f || bits == 0xff;
      assertSame(values[bits], nan ? Double.NaN : defined(bits, 4, 3, 7), bits);
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void every_f8_e5m2_has_its_value(Kernels kernels) {
    float[] values = decoded(kernels, DType.F8_E5M2, all8BitPatterns());
    for (int bits = 0; bits < 256; bits++) {
      boolean special = (bits & 0x7c) == 0x7c;
      double expected = special ? special(bits << 8, 0x7c00) : defined(bits, 5, 2, 15);
      assertSame(values[bits], expected, bits);
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void every_f8_fnuz_has_its_value(Kernels kernels) {
    float[] e4m3 = decoded(kernels, DType.F8_E4M3FNUZ, all8BitPatterns());
    float[] e5m2 = decoded(kernels, DType.F8_E5M2FNUZ, all8BitPatterns());
    for (int bits = 0; bits < 256; bits++) {
      assertSame(e4m3[bits], bits == 0x80 ? Double.NaN : defined(bits, 4, 3, 8), bits);
      assertSame(e5m2[bits], bits == 0x80 ? Double.NaN : defined(bits, 5, 2, 16), bits);
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void every_f8_e8m0_is_a_power_of_two(Kernels kernels) {
    float[] values = decoded(kernels, DType.F8_E8M0, all8BitPatterns());
    for (int bits = 0; bits < 256; bits++) {
      assertSame(values[bits], bits == 255 ? Double.NaN : Math.pow(2, bits - 127), bits);
    }
  }

  /// Values that the formats' documents state.
  @ParameterizedTest
  @CsvSource({
    "F8_E4M3, 0x38, 1",
    "F8_E4M3, 0x7e, 448",
    "F8_E4M3, 0x01, 0.001953125",
    "F8_E4M3, 0xb8, -1",
    "F8_E5M2, 0x3c, 1",
    "F8_E5M2, 0x7b, 57344",
    "F8_E5M2, 0x7c, Infinity",
    "F8_E5M2, 0x7d, NaN",
    "F8_E4M3FNUZ, 0x40, 1",
    "F8_E4M3FNUZ, 0x7f, 240",
    "F8_E4M3FNUZ, 0x80, NaN",
    "F8_E5M2FNUZ, 0x40, 1",
    "F8_E5M2FNUZ, 0x7f, 57344",
    "F8_E5M2FNUZ, 0x80, NaN",
    "F8_E8M0, 0x7f, 1",
    "F8_E8M0, 0xff, NaN",
    "F8_E8M0, 0x80, 2"
  })
  void documented_values_hold(DType dtype, String bits, float expected) {
    float[] values = decoded(Kernels.scalar(), dtype, all8BitPatterns());
    assertSame(values[Integer.decode(bits)], expected, Integer.decode(bits));
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void float32_keeps_its_bits(Kernels kernels) {
    int[] bits = {0x80000000, 1, 0x7f800000, 0xff800000, 0x7fc01234, 0x7fa00001, 0x3f800001};
    ByteBuffer bytes = ByteBuffer.allocate(4 * bits.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asIntBuffer().put(bits);
    float[] values = decoded(kernels, DType.F32, bytes.array());
    for (int i = 0; i < bits.length; i++) {
      assertThat(Float.floatToRawIntBits(values[i])).isEqualTo(bits[i]);
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void float64_rounds_to_nearest_even(Kernels kernels) {
    double[] values = {
      1 + 0x1p-24,
      1 + 0x3p-24,
      1 + 0x1.000001p-24,
      0x1p-150,
      0x1.8p-150,
      0x1.ffffffp127,
      -0.0,
      1e300
    };
    ByteBuffer bytes = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asDoubleBuffer().put(values);
    assertThat(decoded(kernels, DType.F64, bytes.array()))
        .containsExactly(
            1f,
            1 + 0x1p-22f,
            1 + 0x1p-23f,
            0f,
            Float.MIN_VALUE,
            Float.POSITIVE_INFINITY,
            -0f,
            Float.POSITIVE_INFINITY);
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void elements_around_the_range_stay_as_they_are(Kernels kernels) {
    float[] into = new float[100];
    kernels.decode(DType.BF16, MemorySegment.ofArray(all16BitPatterns()), 2 * 0x3f80, into, 3, 90);
    assertThat(into[2]).isZero();
    assertThat(into[3]).isEqualTo(1f);
    assertThat(into[92]).isNotZero();
    assertThat(into[93]).isZero();
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void mapped_native_and_heap_segments_decode_alike_at_any_alignment(
      Kernels kernels, @TempDir Path directory) throws IOException {
    byte[] bytes = "The quick brown fox jumps over the lazy dog, twice as fast.".getBytes(US_ASCII);
    Path file = Files.write(directory.resolve("bytes"), bytes);
    try (FileChannel channel = FileChannel.open(file);
        Arena arena = Arena.ofConfined()) {
      MemorySegment mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, bytes.length, arena);
      MemorySegment off = arena.allocate(bytes.length + 1L).asSlice(1);
      MemorySegment.copy(bytes, 0, off, ValueLayout.JAVA_BYTE, 0, bytes.length);
      for (DType dtype : DType.values()) {
        if (dtype.isFloat()) {
          int count = (bytes.length - 1) * 8 / dtype.bits();
          float[] heap = new float[count];
          float[] other = new float[count];
          kernels.decode(dtype, MemorySegment.ofArray(bytes), 1, heap, 0, count);
          kernels.decode(dtype, mapped, 1, other, 0, count);
          assertThat(other).as("%s, mapped", dtype).isEqualTo(heap);
          kernels.decode(dtype, off, 1, other, 0, count);
          assertThat(other).as("%s, off the heap", dtype).isEqualTo(heap);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void integers_are_refused(Kernels kernels) {
    MemorySegment from = MemorySegment.ofArray(new byte[8]);
    assertThatThrownBy(() -> kernels.decode(DType.I32, from, 0, new float[2], 0, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Cannot decode I32 to float32: it is not a floating type");
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void ranges_that_leave_the_array_or_the_segment_are_refused(Kernels kernels) {
    for (DType dtype : DType.values()) {
      if (dtype.isFloat()) {
        MemorySegment from = MemorySegment.ofArray(new byte[100 * dtype.bits() / 8]);
        assertThatThrownBy(() -> kernels.decode(dtype, from, 0, new float[99], 0, 100))
            .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> kernels.decode(dtype, from, 0, new float[200], -1, 100))
            .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> kernels.decode(dtype, from, 1, new float[100], 0, 100))
            .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> kernels.decode(dtype, from, -1, new float[100], 0, 100))
            .isInstanceOf(IndexOutOfBoundsException.class);
      }
    }
  }
}
