// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import org.junit.jupiter.api.Test;

class GradientTest {

  @Test
  void a_single_anchor_is_a_constant() {
    assertThat(Gradient.of(0.5).at(0)).isEqualTo(0.5);
    assertThat(Gradient.of(0.5).at(0.77)).isEqualTo(0.5);
  }

  @Test
  void goes_through_its_anchors_and_is_linear_between_them() {
    Gradient gradient = Gradient.of(0, 0.5, 0.3, 0.7, 1);
    assertThat(gradient.at(0)).isEqualTo(0.0);
    assertThat((Double) gradient.at(0.25)).isEqualTo(0.5);
    assertThat((Double) gradient.at(0.375)).isCloseTo(0.4, within(1e-15));
    assertThat(gradient.at(1)).isEqualTo(1.0);
  }

  @Test
  void of_booleans_and_texts_the_anchor_before_holds() {
    Gradient flags = new Gradient(ImmutableList.of(true, false, true));
    assertThat(flags.at(0.49)).isEqualTo(true);
    assertThat(flags.at(0.5)).isEqualTo(false);
    assertThat(flags.at(1)).isEqualTo(true);
  }

  @Test
  void refuses_anchors_of_different_kinds_and_numbers_that_are_not_finite() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Gradient(ImmutableList.of(0.5, true)))
        .withMessageContaining("[0.5, true]");
    assertThatIllegalArgumentException().isThrownBy(() -> Gradient.of());
    assertThatIllegalArgumentException().isThrownBy(() -> Gradient.of(Double.NaN));
    assertThatIllegalArgumentException().isThrownBy(() -> Gradient.of(0, Double.POSITIVE_INFINITY));
  }

  @Test
  void a_slice_of_one_layer_has_depth_one() {
    assertThat(Weight.depth(0, 1)).isEqualTo(1);
    assertThat(Weight.depth(0, 5)).isEqualTo(0);
    assertThat(Weight.depth(4, 5)).isEqualTo(1);
    assertThat(Weight.inLayer("a", 1, 5).depth()).isEqualTo(0.25);
    assertThat(Weight.outside("lm_head.weight").depth()).isEqualTo(0);
  }
}
