// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/// What the Hub wants users to know.
class HubWarningsTest extends HubFixture {

  @Test
  void warnings_of_the_hub_are_shown_once_without_their_topic() throws Exception {
    server.hub.tamper(answer ->
        answer
            .with("X-HF-Warning", "deprecation; Use the new\u202e address")
            .with("X-Other", "no"));
    ProcessBuilder process = OpenProcess.of(MODEL);
    process.environment().put("HF_ENDPOINT", server.hub.url());
    process.environment().put("HF_HUB_CACHE", cache.toString());
    String shown =
        new String(process.start().getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(server.hub.seen()).hasSize(2);
    assertThat(shown)
        .contains(COMMIT)
        .containsOnlyOnce("The Hub says: Use the new")
        .doesNotContain("deprecation", "\u0080");
  }
}
