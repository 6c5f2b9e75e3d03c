// SPDX-License-Identifier: Apache-2.0
package io.merge4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.merge4j.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CountsTest {

  private static final String ALL = "io.merge4j.kernel.KernelSets#all";

  private static int magnitude(float value) {
    return Float.floatToRawIntBits(value) & 0x7fffffff;
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void nan_and_infinity_are_counted_wherever_they_are(Kernels kernels) {
    for (int count : new int[] {1, 5, 32, 33, 4096}) {
      float[] x = new float[count + 2];
      Arrays.fill(x, -Float.MAX_VALUE);
      x[0] = Float.NaN;
      x[count + 1] = Float.NaN;
      assertThat(kernels.nonFinite(x, 1, count)).isZero();
      x[1] = Float.NEGATIVE_INFINITY;
      assertThat(kernels.nonFinite(x, 1, count)).isEqualTo(1);
      x[count] = Float.intBitsToFloat(0xff800001);
      assertThat(kernels.nonFinite(x, 1, count)).isEqualTo(count == 1 ? 1 : 2);
    }
    assertThat(kernels.nonFinite(new float[0], 0, 0)).isZero();
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void exponents_tell_that_all_are_finite(Kernels kernels) {
    Map<DType, List<Integer>> finite =
        Map.of(
            DType.BF16, List.of(0, 0x8000, 1, 0x3f80, 0x7f7f, 0xff7f),
            DType.F16, List.of(0, 0x8000, 1, 0x3c00, 0x7bff, 0xfbff),
            DType.F32, List.of(0, 0x80000000, 1, 0x3f800000, 0x7f7fffff, 0xff7fffff));
    Map<DType, List<Integer>> others =
        Map.of(
            DType.BF16, List.of(0x7f80, 0xff80, 0x7f81, 0x7fc0, 0xffff),
            DType.F16, List.of(0x7c00, 0xfc00, 0x7c01, 0x7e00, 0xffff),
            DType.F32, List.of(0x7f800000, 0xff800000, 0x7f800001, 0x7fc00000, 0xffffffff));
    for (DType dtype : finite.keySet()) {
      for (int count : new int[] {0, 1, 2, 3, 4, 5, 7, 33, 4095, 4096}) {
        for (int value : finite.get(dtype)) {
          MemorySegment bytes = segment(dtype, count + 2, value);
          set(dtype, bytes, 0, others.get(dtype).get(0));
          set(dtype, bytes, count + 1, others.get(dtype).get(1));
          assertThat(kernels.knownFinite(dtype, bytes, dtype.bytes(1), count)).isTrue();
          for (int at = 1; at <= count; at += at < 40 ? 1 : 211) {
            for (int other : others.get(dtype)) {
              set(dtype, bytes, at, other);
              assertThat(kernels.knownFinite(dtype, bytes, dtype.bytes(1), count))
                  .as("%s %x at %d of %d", dtype, other, at, count)
                  .isFalse();
            }
            set(dtype, bytes, at, value);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void exponents_of_other_types_tell_nothing(Kernels kernels) {
    for (DType dtype : DType.values()) {
      if (dtype != DType.BF16 && dtype != DType.F16 && dtype != DType.F32) {
        assertThat(kernels.knownFinite(dtype, MemorySegment.ofArray(new byte[64]), 0, 8)).isFalse();
      }
    }
  }

  private static MemorySegment segment(DType dtype, int count, int value) {
    MemorySegment bytes = MemorySegment.ofArray(new byte[(int) dtype.bytes(count)]);
    for (int i = 0; i < count; i++) {
      set(dtype, bytes, i, value);
    }
    return bytes;
  }

  private static void set(DType dtype, MemorySegment bytes, int at, int value) {
    for (int i = 0; i < dtype.bytes(1); i++) {
      bytes.set(ValueLayout.JAVA_BYTE, dtype.bytes(at) + i, (byte) (value >>> (8 * i)));
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void magnitudes_above_a_threshold_are_counted_strictly(Kernels kernels) {
    float[] x = {0, -0f, 1, -1, 2, -2, Float.NEGATIVE_INFINITY, Float.NaN, Float.MIN_VALUE, 1.5f};
    assertThat(kernels.countAbove(x, 0, 10, magnitude(1))).isEqualTo(5);
    assertThat(kernels.countAbove(x, 0, 10, magnitude(1) - 1)).isEqualTo(7);
    assertThat(kernels.countAbove(x, 0, 10, 0)).isEqualTo(8);
    assertThat(kernels.countAbove(x, 0, 10, magnitude(Float.POSITIVE_INFINITY))).isEqualTo(1);
    assertThat(kernels.countAbove(x, 0, 10, Integer.MAX_VALUE)).isZero();
    assertThat(kernels.countAbove(x, 2, 3, magnitude(1))).isEqualTo(1);
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void elements_of_a_range_are_found(Kernels kernels) {
    float[] x = {0, -3, 1, -0.5f, Float.NaN, 2, -1, 0.25f};
    int[] into = new int[9];
    into[0] = 7;
    assertThat(kernels.find(x, 0, 8, magnitude(0.5f), magnitude(2), into, 1)).isEqualTo(5);
    assertThat(into[0]).isEqualTo(7);
    assertThat(Arrays.copyOfRange(into, 1, 5)).containsExactly(2, 3, 5, 6);
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void elements_outside_a_range_become_zero(Kernels kernels) {
    float[] x = {9, -3, 1, -0.5f, Float.NEGATIVE_INFINITY, 2, -1, 0.25f, 9};
    float[] large = x.clone();
    kernels.keep(large, 1, 7, magnitude(1), Integer.MAX_VALUE);
    assertThat(large).containsExactly(9, -3, 0, 0, Float.NEGATIVE_INFINITY, 2, 0, 0, 9);
    float[] small = x.clone();
    kernels.keep(small, 1, 7, -1, magnitude(1));
    assertThat(small).containsExactly(9, 0, 1, -0.5f, 0, 0, -1, 0.25f, 9);
    kernels.keep(x, 0, 9, -1, Integer.MAX_VALUE);
    assertThat(x[1]).isEqualTo(-3);
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void ranges_that_leave_the_array_are_refused(Kernels kernels) {
    float[] x = new float[10];
    assertThatThrownBy(() -> kernels.nonFinite(x, 1, 10))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> kernels.knownFinite(DType.F32, MemorySegment.ofArray(x), 4, 10))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> kernels.countAbove(x, -1, 10, 0))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> kernels.keep(x, 1, 10, 0, 1))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> kernels.find(x, 0, 10, 0, 1, new int[10], 1))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }
}
