// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// Servers that are slow, know no ranges, or send something else.
class HubServersTest extends HubFixture {

  @Test
  void signed_address_that_expires_is_asked_for_again() throws IOException {
    server.expiredSignatures.add("1");
    server.expiredSignatures.add("3");
    assertSnapshot(builder().connections(1).build().download(MODEL));
  }

  @Test
  void server_without_ranges_serves_large_files_too() throws IOException {
    server.ignoresRanges = true;
    server.cdn.plan(seen -> !seen.headers().containsKey("range"), Fault.CUT_BODY, 2);
    assertSnapshot(hub().download(MODEL));
  }

  @Test
  void a_page_for_people_in_place_of_a_part_costs_that_part_alone() throws IOException {
    server.cdn.plan(HubFixture::isLaterPart, Fault.LOGIN_PAGE, 2);
    assertSnapshot(builder().connections(1).build().download(MODEL));
    assertThat(server.cdn.seen()).allMatch(seen -> seen.headers().containsKey("range")).hasSize(7);
  }

  @Test
  void slow_transfer_is_not_a_stalled_one() throws IOException {
    server.cdn.speed(200_000);
    assertSnapshot(builder().connections(1).partSize(1 << 20).build().download(MODEL));
    assertThat(server.cdn.seen()).hasSize(1);
  }

  @Test
  void server_that_sends_a_few_bytes_at_a_time_is_given_up() throws IOException {
    server.cdn.plan(seen -> true, Fault.DRIP, Integer.MAX_VALUE);
    assertThatThrownBy(() -> hub().download(MODEL)).isInstanceOf(HubException.class);
    Snapshot snapshot = hub().open(MODEL);
    RepositoryFile file = snapshot.find("model.safetensors").orElseThrow();
    assertThatThrownBy(() -> snapshot.read(file, 0, 1000)).isInstanceOf(HubException.class);
    assertThat(server.cdn.seen()).hasSizeLessThan(50);
    server.cdn.clearPlans();
    assertSnapshot(hub().download(MODEL));
  }

  @Test
  void server_that_sends_a_few_bytes_a_second_is_given_up() throws IOException {
    server.cdn.speed(50);
    Hub hub =
        builder().stallTimeout(Duration.ofMillis(500)).retries(0, Duration.ofMillis(1)).build();
    assertThatThrownBy(() -> hub.download(MODEL))
        .isInstanceOf(HubException.class)
        .hasMessageContaining("bytes in 3000 ms, expected 1,024 a second");
    assertNothingHalf();
    server.cdn.speed(Integer.MAX_VALUE);
    assertSnapshot(hub.download(MODEL));
  }

  @Test
  void transfer_that_is_too_slow_goes_on_where_it_stopped_unless_any_speed_will_do() {
    HubBuilder builder = builder().stallTimeout(Duration.ofMillis(500));
    Snapshot snapshot = builder.build().open(MODEL);
    RepositoryFile file = snapshot.find("model.safetensors").orElseThrow();
    server.cdn.speed(350);
    assertThat(snapshot.read(file, 0, 1200)).isEqualTo(Arrays.copyOf(weights, 1200));
    assertThat(server.cdn.seen()).hasSizeGreaterThan(1);
    server.cdn.forget();
    assertThat(builder.leastSpeed(0).build().open(MODEL).read(file, 0, 1200))
        .isEqualTo(Arrays.copyOf(weights, 1200));
    assertThat(server.cdn.seen()).hasSize(1);
  }
}
