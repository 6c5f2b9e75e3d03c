// SPDX-License-Identifier: Apache-2.0
package io.merge4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class TensorDifferenceTest {

  private static Tensor floats(float... values) {
    return Tensor.of("x", Shape.of(values.length), values);
  }

  private static Tensor bf16(int... bits) {
    byte[] bytes = new byte[2 * bits.length];
    for (int i = 0; i < bits.length; i++) {
      bytes[2 * i] = (byte) bits[i];
      bytes[2 * i + 1] = (byte) (bits[i] >> 8);
    }
    return Tensor.of(
        new TensorSpec("x", DType.BF16, Shape.of(bits.length)), MemorySegment.ofArray(bytes));
  }

  @Test
  void equal_bytes_are_no_difference_even_with_nan() {
    Tensor tensor = floats(1, Float.NaN, -0.0f);

    assertThat(TensorDifference.of(tensor, tensor)).isEqualTo(TensorDifference.NONE);
  }

  @Test
  void counts_units_in_the_last_place_of_the_type() {
    TensorDifference difference =
        TensorDifference.of(bf16(0x3f80, 0x4000, 0xbf80), bf16(0x3f83, 0x4000, 0xbf81));

    assertThat(difference.elements()).isEqualTo(2);
    assertThat(difference.ulps()).isEqualTo(3);
    assertThat(difference.greatest()).isEqualTo(3.0 / 128);
  }

  @Test
  void counts_across_zero_and_across_binades() {
    assertThat(TensorDifference.of(bf16(0x0002), bf16(0x8001)).ulps()).isEqualTo(3);
    assertThat(TensorDifference.of(floats(Math.nextDown(1f)), floats(Math.nextUp(1f))).ulps())
        .isEqualTo(2);
  }

  @Test
  void gives_the_cosine_of_the_angle() {
    TensorDifference difference = TensorDifference.of(floats(1, 0), floats(1, 1));

    assertThat(difference.cosine()).isCloseTo(Math.sqrt(0.5), within(1e-15));
    assertThat(difference.greatest()).isEqualTo(1);
  }

  @Test
  void compares_values_of_different_types_without_units() {
    TensorDifference difference = TensorDifference.of(floats(1.5f, 2), bf16(0x3fc0, 0x4040));

    assertThat(difference.ulps()).isEqualTo(-1);
    assertThat(difference.elements()).isEqualTo(1);
    assertThat(difference.greatest()).isEqualTo(1);
  }

  @Test
  void goes_on_over_many_blocks() {
    float[] left = new float[20_000];
    float[] right = new float[20_000];
    left[19_999] = 1;
    right[19_999] = Math.nextUp(1f);

    assertThat(TensorDifference.of(floats(left), floats(right)).elements()).isEqualTo(1);
  }

  @Test
  void refuses_other_shapes() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TensorDifference.of(floats(1, 2), floats(1)))
        .withMessageContaining("[2] and [1]");
  }
}
