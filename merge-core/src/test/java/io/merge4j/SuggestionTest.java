// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SuggestionTest {

  private static final List<String> METHODS = List.of("slerp", "nuslerp", "linear", "ties");

  @Test
  void finds_the_nearest_name() {
    assertThat(Suggestion.nearest("slurp", METHODS)).contains("slerp");
    assertThat(Suggestion.nearest("TIES", METHODS)).contains("ties");
    assertThat(Suggestion.didYouMean("linaer", METHODS)).isEqualTo("; did you mean \"linear\"?");
  }

  @Test
  void suggests_nothing_far_off_and_takes_names_of_any_length() {
    assertThat(Suggestion.nearest("frankenmerge", METHODS)).isEmpty();
    assertThat(Suggestion.nearest("x".repeat(1_000_000), METHODS)).isEmpty();
    assertThat(Suggestion.didYouMean("frankenmerge", METHODS)).isEmpty();
  }
}
