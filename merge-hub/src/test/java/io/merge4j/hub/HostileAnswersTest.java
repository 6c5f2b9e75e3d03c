// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.hub.HttpPort.Answer;
import io.merge4j.model.Model;
import io.merge4j.model.ModelId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A Hub whose answers are well-formed and untrue: a request ends with a reason or with the right
/// files, and nothing is written outside the cache.
class HostileAnswersTest extends HubFixture {

  private static final int SEEDS = 120;

  private static final List<String> VALUES =
      List.of(
          "0",
          "-1",
          "1e400",
          "9223372036854775807",
          "18446744073709551616",
          "null",
          "true",
          "\"\"",
          "\"../../../outside\"",
          "\"/outside\"",
          "\"a\\u0000b\"",
          "\"\\ud800\"",
          "\"main\"",
          "[]",
          "{}",
          "[{}]",
          "[[[[]]]]",
          "{\"a\": {\"b\": []}}");

  @Test
  void untrue_answers_end_with_a_reason_or_the_right_files() throws IOException {
    int refused = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      server.hub.tamper(answer -> tampered(answer, random));
      cache = temporary.resolve("cache-" + seed);
      try {
        if (random.nextBoolean()) {
          hub().download(MODEL);
        } else {
          open();
        }
      } catch (HubException | IOException refusal) {
        assertThat(refusal.getMessage()).as("seed %d", seed).isNotBlank().doesNotContain("null:");
        refused++;
      }
      assertNothingHalf();
      try (Stream<Path> beside = Files.list(temporary)) {
        assertThat(beside.map(path -> path.getFileName().toString()))
            .as("seed %d", seed)
            .allMatch(name -> name.startsWith("cache") || name.equals("home"));
      }
    }
    assertThat(refused).isBetween(1, SEEDS - 1);
  }

  private void open() throws IOException {
    try (Model model = new HubModels(hub()).open(ModelId.parse(MODEL)).orElseThrow()) {
      assertThat(model.checkpoint().specs()).isNotNull();
    }
  }

  /// One value of a JSON answer in three is another one.
  private static Answer tampered(Answer answer, Random random) {
    if (answer.body().length == 0 || random.nextInt(3) > 0) {
      return answer;
    }
    try {
      JsonNode json = JsonMapper.shared().readTree(answer.body());
      List<Consumer<JsonNode>> places = new ArrayList<>();
      collect(json, places);
      if (!places.isEmpty()) {
        String value = VALUES.get(random.nextInt(VALUES.size()));
        places.get(random.nextInt(places.size())).accept(JsonMapper.shared().readTree(value));
      }
      return answer.body(JsonMapper.shared().writeValueAsBytes(json));
    } catch (JacksonException e) {
      return answer;
    }
  }

  private static void collect(JsonNode node, List<Consumer<JsonNode>> places) {
    switch (node) {
      case ObjectNode object ->
          object
              .properties()
              .forEach(entry -> {
                places.add(value -> object.set(entry.getKey(), value));
                collect(entry.getValue(), places);
              });
      case ArrayNode array -> {
        for (int i = 0; i < array.size(); i++) {
          int at = i;
          places.add(value -> array.set(at, value));
          collect(array.get(i), places);
        }
      }
      default -> {}
    }
  }
}
