// SPDX-License-Identifier: Apache-2.0
package io.merge4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.merge4j.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class EncodeTest {

  private static final String ALL = "io.merge4j.kernel.KernelSets#all";
  private static final long SEED = 20260101;

  private static ByteBuffer encoded(Kernels kernels, DType dtype, float... values) {
    byte[] bytes = new byte[Math.toIntExact(dtype.bytes(values.length))];
    kernels.encode(dtype, values, 0, values.length, MemorySegment.ofArray(bytes), 0);
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static int[] encoded16(Kernels kernels, DType dtype, float... values) {
    ByteBuffer bytes = encoded(kernels, dtype, values);
    int[] patterns = new int[values.length];
    Arrays.setAll(patterns, i -> bytes.getShort(2 * i) & 0xffff);
    return patterns;
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void tells_whether_all_elements_were_finite(Kernels kernels) {
    MemorySegment into = MemorySegment.ofArray(new byte[16]);
    for (DType dtype : List.of(DType.F16, DType.BF16, DType.F32, DType.F64)) {
      float[] x = {Float.NaN, 1, Float.MAX_VALUE, -1, Float.NEGATIVE_INFINITY};
      assertThat(kernels.encode(dtype, x, 1, 2, into, 0)).isTrue();
      assertThat(kernels.encode(dtype, x, 0, 2, into, 0)).isFalse();
      assertThat(kernels.encode(dtype, x, 3, 2, into, 0)).isFalse();
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void one_element_that_is_not_finite_is_seen_wherever_it_is(Kernels kernels) {
    MemorySegment into = MemorySegment.ofArray(new byte[8 * 71]);
    for (DType dtype : List.of(DType.F16, DType.BF16, DType.F32, DType.F64)) {
      float[] x = new float[71];
      Arrays.fill(x, -Float.MAX_VALUE);
      assertThat(kernels.encode(dtype, x, 0, 71, into, 0)).isTrue();
      for (int at = 0; at < x.length; at++) {
        for (int bits : new int[] {0x7f800000, 0xff800000, 0x7f800001, 0x7fffffff, 0xffffffff}) {
          x[at] = Float.intBitsToFloat(bits);
          assertThat(kernels.encode(dtype, x, 0, 71, into, 0)).isFalse();
        }
        x[at] = -Float.MAX_VALUE;
      }
    }
  }

  /// All finite magnitudes of a 16-bit type in order, then twice the next power of two: rounding
  /// sees infinity as if the exponents went on.
  private static float[] magnitudes(DType dtype) {
    int infinity = dtype == DType.BF16 ? 0x7f80 : 0x7c00;
    ByteBuffer bytes = ByteBuffer.allocate(2 * infinity).order(ByteOrder.LITTLE_ENDIAN);
    for (int bits = 0; bits < infinity; bits++) {
      bytes.putShort((short) bits);
    }
    float[] values = new float[infinity];
    MemorySegment from = MemorySegment.ofArray(bytes.array());
    Kernels.scalar().decode(dtype, from, 0, values, 0, infinity);
    return values;
  }

  private static void assertEncodes(Kernels kernels, DType dtype, float[] values, int[] expected) {
    int[] actual = encoded16(kernels, dtype, values);
    for (int i = 0; i < values.length; i++) {
      if (actual[i] != expected[i]) {
        assertThat(Integer.toHexString(actual[i]))
            .as("%s (%s) in %s", values[i], Float.toHexString(values[i]), dtype)
            .isEqualTo(Integer.toHexString(expected[i]));
      }
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void every_16_bit_value_encodes_to_itself(Kernels kernels) {
    for (DType dtype : new DType[] {DType.BF16, DType.F16}) {
      float[] values = magnitudes(dtype);
      int[] patterns = new int[values.length];
      Arrays.setAll(patterns, i -> i);
      assertEncodes(kernels, dtype, values, patterns);
      for (int i = 0; i < values.length; i++) {
        values[i] = -values[i];
        patterns[i] |= 0x8000;
      }
      assertEncodes(kernels, dtype, values, patterns);
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void between_any_two_neighbours_the_nearer_wins_and_a_tie_goes_to_the_even_one(Kernels kernels) {
    for (DType dtype : new DType[] {DType.BF16, DType.F16}) {
      float[] exact = magnitudes(dtype);
      for (int shift = -1; shift <= 1; shift++) {
        float[] values = new float[exact.length];
        int[] expected = new int[exact.length];
        for (int low = 0; low < exact.length; low++) {
          // Above the largest value comes infinity, where a further value would be.
          double high =
              low + 1 < exact.length ? exact[low + 1] : dtype == DType.F16 ? 65536 : 0x1p128;
          float middle = (float) ((exact[low] + high) / 2);
          values[low] = Float.intBitsToFloat(Float.floatToRawIntBits(middle) + shift);
          boolean up = shift == 0 ? low % 2 == 1 : shift > 0;
          expected[low] = up ? low + 1 : low;
        }
        assertEncodes(kernels, dtype, values, expected);
        for (int i = 0; i < values.length; i++) {
          values[i] = -values[i];
          expected[i] |= 0x8000;
        }
        assertEncodes(kernels, dtype, values, expected);
      }
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void random_values_encode_to_the_nearest(Kernels kernels) {
    Random random = new Random(SEED);
    for (DType dtype : new DType[] {DType.BF16, DType.F16}) {
      float[] exact = magnitudes(dtype);
      float[] values = new float[4099];
      int[] expected = new int[values.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = exact[random.nextInt(exact.length - 1)] * (1 + random.nextFloat() / 300);
        expected[i] = nearest(exact, values[i]);
      }
      assertEncodes(kernels, dtype, values, expected);
    }
  }

  private static int nearest(float[] exact, float value) {
    int found = Arrays.binarySearch(exact, value);
    if (found >= 0) {
      return found;
    }
    int high = -found - 1;
    BigDecimal v = new BigDecimal(value);
    BigDecimal above = high < exact.length ? new BigDecimal(exact[high]) : new BigDecimal(65536);
    int order = above.subtract(v).compareTo(v.subtract(new BigDecimal(exact[high - 1])));
    return order < 0 || (order == 0 && high % 2 == 0) ? high : high - 1;
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void what_is_too_large_becomes_infinite_and_what_is_too_small_zero(Kernels kernels) {
    float[] values = {
      Float.POSITIVE_INFINITY,
      Float.NEGATIVE_INFINITY,
      Float.MAX_VALUE,
      Float.MIN_VALUE,
      -Float.MIN_VALUE
    };
    assertThat(encoded16(kernels, DType.F16, values))
        .containsExactly(0x7c00, 0xfc00, 0x7c00, 0, 0x8000);
    assertThat(encoded16(kernels, DType.BF16, values))
        .containsExactly(0x7f80, 0xff80, 0x7f80, 0, 0x8000);
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void every_nan_becomes_the_positive_quiet_one(Kernels kernels) {
    int[] bits = {0x7fc00000, 0xffc00000, 0x7f800001, 0xff800001, 0x7fffffff, 0xffffffff};
    for (int position = 0; position < 70; position += 23) {
      for (int nan : bits) {
        float[] values = new float[70];
        Arrays.fill(values, -1.5f);
        values[position] = Float.intBitsToFloat(nan);
        assertThat(encoded(kernels, DType.F32, values).getInt(4 * position)).isEqualTo(0x7fc00000);
        assertThat(encoded(kernels, DType.F64, values).getLong(8 * position))
            .isEqualTo(0x7ff8000000000000L);
        assertThat(encoded16(kernels, DType.F16, values)[position]).isEqualTo(0x7e00);
        assertThat(encoded16(kernels, DType.BF16, values)[position]).isEqualTo(0x7fc0);
        assertThat(encoded16(kernels, DType.BF16, values)[position + 1 - position / 69])
            .isEqualTo(position == 69 ? 0x7fc0 : 0xbfc0);
      }
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void float32_and_float64_are_exact(Kernels kernels) {
    float[] values = {0f, -0f, 1.1f, Float.MIN_VALUE, -Float.MAX_VALUE, Float.NEGATIVE_INFINITY};
    ByteBuffer f32 = encoded(kernels, DType.F32, values);
    ByteBuffer f64 = encoded(kernels, DType.F64, values);
    for (int i = 0; i < values.length; i++) {
      assertThat(f32.getInt(4 * i)).isEqualTo(Float.floatToIntBits(values[i]));
      assertThat(f64.getLong(8 * i)).isEqualTo(Double.doubleToLongBits(values[i]));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "F64", "F16", "BF16"})
  void bytes_around_the_range_stay_as_they_are(DType dtype) {
    KernelSets.all()
        .forEach(kernels -> {
          float[] values = new float[50];
          Arrays.fill(values, 1f);
          int size = Math.toIntExact(dtype.bytes(40));
          try (Arena arena = Arena.ofConfined()) {
            MemorySegment into = arena.allocate(size + 20L).fill((byte) 0x55);
            kernels.getPayload().encode(dtype, values, 7, 40, into, 11);
            byte[] bytes = into.toArray(ValueLayout.JAVA_BYTE);
            assertThat(Arrays.copyOf(bytes, 11)).containsOnly(0x55);
            assertThat(Arrays.copyOfRange(bytes, 11, 11 + size)).doesNotContain(0x55);
            assertThat(Arrays.copyOfRange(bytes, 11 + size, size + 20)).containsOnly(0x55);
          }
        });
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void types_that_merges_do_not_write_are_refused(Kernels kernels) {
    MemorySegment into = MemorySegment.ofArray(new byte[8]);
    assertThatThrownBy(() -> kernels.encode(DType.F8_E4M3, new float[1], 0, 1, into, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("Cannot encode to F8_E4M3, expected one of ");
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void ranges_that_leave_the_array_or_the_segment_are_refused(Kernels kernels) {
    for (DType dtype : new DType[] {DType.F32, DType.F64, DType.F16, DType.BF16}) {
      MemorySegment into = MemorySegment.ofArray(new byte[Math.toIntExact(dtype.bytes(100))]);
      assertThatThrownBy(() -> kernels.encode(dtype, new float[99], 0, 100, into, 0))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> kernels.encode(dtype, new float[100], 0, 100, into, 1))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> kernels.encode(dtype, new float[100], 0, 100, into, -1))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }
}
