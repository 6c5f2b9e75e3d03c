// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.merge4j.model.Model;
import io.merge4j.model.ModelId;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// How many requests are under way at once.
class ConnectionsTest extends HubFixture {

  private static final int SHARDS = 12;

  private final AtomicInteger open = new AtomicInteger();
  private final AtomicInteger mostOpen = new AtomicInteger();

  /// A model of many shards, on a storage host that takes its time.
  @BeforeEach
  void publish() {
    Map<String, byte[]> sharded = new TreeMap<>();
    StringBuilder index = new StringBuilder();
    for (int shard = 1; shard <= SHARDS; shard++) {
      String name = "model-%05d-of-%05d.safetensors".formatted(shard, SHARDS);
      String header =
          "{\"w%d\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}".formatted(shard);
      sharded.put(name, Bytes.text((char) header.length() + "\0\0\0\0\0\0\0" + header));
      index.append(index.isEmpty() ? "" : ",").append("\"w%d\":\"%s\"".formatted(shard, name));
    }
    sharded.put("model.safetensors.index.json", Bytes.text("{\"weight_map\":{" + index + "}}"));
    sharded.put("config.json", Bytes.text("{\"model_type\":\"llama\"}"));
    server.repo("org/sharded").commit("main", COMMIT, sharded);
    server.cdn.tamper(this::slowly);
  }

  private HttpPort.Answer slowly(HttpPort.Answer answer) {
    mostOpen.accumulateAndGet(open.incrementAndGet(), Math::max);
    RetryPolicy.sleep(Duration.ofMillis(20));
    open.decrementAndGet();
    return answer;
  }

  private void readHeaders(int connections) throws IOException {
    Hub hub = builder().connections(connections).build();
    try (Model model = new HubModels(hub).open(ModelId.parse("org/sharded")).orElseThrow()) {
      assertThat(model.checkpoint().specs()).hasSize(SHARDS);
    }
    assertThat(server.cdn.seen()).hasSize(SHARDS);
  }

  @Test
  void headers_are_read_one_after_the_other_by_one_connection() throws IOException {
    readHeaders(1);
    assertThat(mostOpen).hasValue(1);
  }

  @Test
  void headers_are_read_side_by_side_by_several() throws IOException {
    readHeaders(3);
    assertThat(mostOpen).hasValueBetween(2, 3);
  }

  @Test
  void results_are_in_the_order_of_the_items() {
    List<Integer> items = List.of(5, 1, 4, 2, 3);
    assertThat(Parallel.map(items, 3, ConnectionsTest::later)).containsExactly(50, 10, 40, 20, 30);
    assertThat(Parallel.map(List.<Integer>of(), 1, ConnectionsTest::later)).isEmpty();
  }

  private static int later(int item) {
    RetryPolicy.sleep(Duration.ofMillis(item));
    return 10 * item;
  }

  @Test
  @Timeout(30)
  void when_one_fails_the_others_end_and_the_rest_has_no_turn() {
    List<Duration> waits = List.of(Duration.ZERO, Duration.ofHours(1), Duration.ofHours(1));
    assertThatThrownBy(() -> Parallel.map(waits, 2, ConnectionsTest::failAfter))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("PT0S");
  }

  private static int failAfter(Duration wait) {
    RetryPolicy.sleep(wait);
    throw new IllegalStateException(wait.toString());
  }
}
