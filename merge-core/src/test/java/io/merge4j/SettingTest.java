// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import org.junit.jupiter.api.Test;

class SettingTest {

  private static final Weight ATTENTION =
      Weight.inLayer("model.layers.2.self_attn.q_proj.weight", 2, 5);
  private static final Weight MLP = Weight.inLayer("model.layers.2.mlp.up_proj.weight", 2, 5);

  @Test
  void the_first_choice_whose_filter_matches_holds() {
    Setting setting =
        Setting.of(0.5)
            .refined(WeightFilter.containing("self_attn"), Gradient.of(0, 1))
            .refined(WeightFilter.containing("q_proj"), Gradient.of(9));
    assertThat(setting.at(ATTENTION)).contains(0.5);
    assertThat(setting.at(MLP)).contains(0.5);
    assertThat(setting.choices().getFirst().filter()).hasToString("self_attn");
    assertThat(setting.choices().getLast().filter()).isEqualTo(WeightFilter.all());
  }

  @Test
  void says_nothing_of_weights_that_no_filter_matches() {
    Setting setting =
        new Setting(
            ImmutableList.of(new Setting.Choice(WeightFilter.containing("mlp"), Gradient.of(0.3))));
    assertThat(setting.at(MLP)).contains(0.3);
    assertThat(setting.at(ATTENTION)).isEmpty();
  }

  @Test
  void a_star_matches_every_weight() {
    assertThat(WeightFilter.containing("*")).isEqualTo(WeightFilter.all());
    assertThat(WeightFilter.containing("*").matches(MLP)).isTrue();
  }

  @Test
  void a_range_of_layers_matches_its_layers_and_nothing_outside_the_stack() {
    WeightFilter filter = WeightFilter.layers(2, 4);
    assertThat(filter.matches(MLP)).isTrue();
    assertThat(filter.matches(Weight.inLayer("x", 4, 5))).isFalse();
    assertThat(filter.matches(Weight.outside("lm_head.weight"))).isFalse();
  }
}
