// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SpreadTest {

  private static Spread spread(float... x) {
    Spread spread = new Spread();
    spread.add(x, x.length);
    return spread;
  }

  @Test
  void reaches_from_the_least_to_the_greatest() {
    Spread spread = spread(3, -2, 0, 7, -5, Float.MIN_VALUE);
    assertThat(spread.least).isEqualTo(-5);
    assertThat(spread.greatest).isEqualTo(7);
    assertThat(spread(-2, -3).greatest).isEqualTo(-2);
    assertThat(spread(Float.NEGATIVE_INFINITY, 1).least).isEqualTo(Float.NEGATIVE_INFINITY);
  }

  @Test
  void grows_by_what_is_added() {
    Spread spread = spread(1, 2);
    spread.add(new float[] {5, -100}, 1);
    spread.add(spread(-1));
    assertThat(spread.least).isEqualTo(-1);
    assertThat(spread.greatest).isEqualTo(5);
  }

  @Test
  void zeros_are_on_neither_side() {
    Spread spread = spread(-3, -0f, 0, 0, Float.MIN_VALUE, 2, -Float.MIN_VALUE);
    // In order: -3, -MIN, -0, 0, 0, MIN, 2.
    assertThat(spread.side(0, 7)).isEqualTo(-1);
    assertThat(spread.side(1, 7)).isEqualTo(-1);
    assertThat(spread.side(2, 7)).isZero();
    assertThat(spread.side(4, 7)).isZero();
    assertThat(spread.side(5, 7)).isEqualTo(1);
  }

  @Test
  void nan_of_either_sign_makes_both_ends_nan() {
    for (int bits : new int[] {0x7fc00000, 0xffc00000}) {
      Spread spread = spread(1, Float.intBitsToFloat(bits), -1);
      assertThat(spread.least).isNaN();
      assertThat(spread.greatest).isNaN();
      spread.add(new float[] {2}, 1);
      assertThat(spread.greatest).isNaN();
    }
  }
}
