// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.merge4j.hub.HubException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// What is in the cache serves, also where notes beside it are missing or can't be made.
class CachedSnapshotTest extends HubFixture {

  private Path listing() {
    return folder().resolve("trees/" + COMMIT + ".json");
  }

  @Test
  void a_cache_that_can_not_hold_the_listing_serves() throws IOException {
    hub().download(MODEL);
    Files.delete(listing());
    Files.delete(listing().getParent());
    Files.writeString(listing().getParent(), "");
    assertSnapshot(hub().download(MODEL));
  }

  @Test
  void a_branch_that_became_a_directory_of_branches_is_downloaded() {
    for (String branch : new String[] {"feature", "feature/x", "a/b", "a"}) {
      server.repo(MODEL).commit(branch, COMMIT, files);
      assertThat(hub().download(MODEL + "@" + branch).resolve("config.json")).exists();
      server.repo(MODEL).refs.remove(branch);
    }
  }

  @Test
  void a_hub_that_is_silent_is_asked_for_the_listing_once() throws IOException {
    hub().download(MODEL);
    Files.delete(listing());
    server.hub.plan(seen -> true, Fault.NO_ANSWER, Integer.MAX_VALUE);
    server.hub.forget();
    assertSnapshot(hub().download(MODEL + "@" + COMMIT));
    assertThat(server.hub.seen()).hasSizeLessThanOrEqualTo(2);
  }

  @Test
  void why_the_hub_does_not_list_what_is_missing_is_told() throws IOException {
    Path _ = hub().open(MODEL + "@" + COMMIT).path("config.json");
    Files.delete(listing());
    server.hub.plan(seen -> true, Fault.ERROR_503, Integer.MAX_VALUE);
    HubException refused =
        catchThrowableOfType(HubException.class, () -> hub().download(MODEL + "@" + COMMIT));
    assertThat(refused.reason()).isEqualTo(Reason.UNREACHABLE);
    assertThat(refused).hasMessageContaining("503").hasMessageNotContaining("HF_HUB_OFFLINE");
  }
}
