// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.System.Logger.Level;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HubVariablesTest {

  private static Level level(String name, String value) {
    return new HubVariables(Map.of(name, value)).level();
  }

  @Test
  void progress_is_hidden_on_request() {
    assertThat(new HubVariables(Map.of()).hidesProgress()).isFalse();
    assertThat(new HubVariables(Map.of("HF_HUB_DISABLE_PROGRESS_BARS", "yes")).hidesProgress())
        .isTrue();
    assertThat(new HubVariables(Map.of("HF_HUB_DISABLE_PROGRESS_BARS", "0")).hidesProgress())
        .isFalse();
  }

  @Test
  void verbosity_is_a_level() {
    assertThat(level("HF_DEBUG", "1")).isEqualTo(Level.DEBUG);
    assertThat(level("HF_HUB_VERBOSITY", "Warning")).isEqualTo(Level.WARNING);
    assertThat(level("HF_HUB_VERBOSITY", "error")).isEqualTo(Level.ERROR);
    assertThat(level("HF_HUB_VERBOSITY", "loud")).isEqualTo(Level.INFO);
  }
}
