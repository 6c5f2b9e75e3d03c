// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.merge4j.hub.HubException.Reason;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.util.List;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What users read when something is wrong.
class HubErrorsTest extends HubFixture {

  @Test
  void missing_repository_without_a_token() {
    assertFails(Reason.REPOSITORY_NOT_FOUND, () -> hub().download("org/modle"))
        .hasMessageContaining("org/modle")
        .hasMessageContaining(
            "there is none of that name, or it is private or gated and no token was sent")
        .hasMessageContaining("check the spelling")
        .hasMessageContaining("HF_TOKEN")
        .hasMessageContaining("request req-1");
  }

  @Test
  void missing_repository_with_a_token() {
    Hub hub = builder().token(LoopbackHub.TOKEN).build();
    assertFails(Reason.REPOSITORY_NOT_FOUND, () -> hub.download("org/modle"))
        .hasMessageContaining("the token does not open it");
  }

  @Test
  void private_repository_opens_with_the_token() throws IOException {
    server.repo(MODEL).isPrivate = true;
    assertFails(Reason.REPOSITORY_NOT_FOUND, () -> hub().download(MODEL));
    assertSnapshot(builder().token(" hf_good\n").build().download(MODEL));
  }

  @Test
  void gated_repository() throws IOException {
    server.repo(MODEL).isGated = true;
    assertFails(Reason.GATED, () -> hub().download(MODEL))
        .hasMessageContaining("accept its conditions at " + server.hub.url() + "/org/model");
    assertNothingHalf();
    assertSnapshot(builder().token(LoopbackHub.TOKEN).build().download(MODEL));
  }

  @Test
  void invalid_token() {
    assertFails(Reason.BAD_TOKEN, () -> builder().token("hf_bad").build().download(MODEL))
        .hasMessageContaining("the token is not valid")
        .hasMessageContaining("/settings/tokens")
        .message()
        .doesNotContain("hf_bad");
  }

  @Test
  void words_of_the_server_can_not_steer_a_terminal() {
    server.hub.tamper(any -> HttpPort.Answer.of(400, "{\"error\": \"\\u001b[2J\\u0007 too bad\"}"));
    assertFails(Reason.REFUSED, () -> hub().download(MODEL))
        .hasMessageContaining("the server says: ?[2J? too bad");
  }

  @Test
  void disabled_repository() {
    server.repo(MODEL).isDisabled = true;
    assertFails(Reason.DISABLED, () -> hub().download(MODEL)).hasMessageContaining("disabled");
  }

  @Test
  void unknown_revision_is_not_taken_from_the_cache() throws IOException {
    assertFails(Reason.REVISION_NOT_FOUND, () -> hub().download(MODEL + "@v9"))
        .hasMessageContaining("revision \"v9\"")
        .hasMessageContaining("/org/model/tree/main");
    hub().download(MODEL);
    server.repo(MODEL).refs.remove("main");
    assertFails(Reason.REVISION_NOT_FOUND, () -> hub().download(MODEL));
  }

  @Test
  void cached_model_survives_the_loss_of_access() throws IOException {
    hub().download(MODEL);
    server.repo(MODEL).isPrivate = true;
    assertSnapshot(hub().download(MODEL));
  }

  @Test
  void offline_and_not_in_the_cache() {
    Hub hub = builder().offline(true).build();
    assertFails(Reason.OFFLINE, () -> hub.download(MODEL))
        .hasMessageContaining("offline, and not in the cache " + cache);
    assertFails(Reason.OFFLINE, () -> hub.download(MODEL + "@" + COMMIT));
    assertThat(server.hub.seen()).isEmpty();
    assertThat(cache).as("offline nothing is written").doesNotExist();
  }

  @Test
  void server_out_of_reach() throws IOException {
    server.close();
    assertFails(Reason.UNREACHABLE, () -> hub().download(MODEL))
        .hasMessageContaining(server.hub.url())
        .hasMessageContaining("check the network and the proxy settings");
  }

  @Test
  void content_that_does_not_have_its_hash() throws IOException {
    server.cdn.plan(seen -> true, Fault.WRONG_BYTE, 1000);
    assertFails(Reason.CORRUPT, () -> hub().download(MODEL))
        .hasMessageContaining("model.safetensors")
        .hasMessageContaining("does not have the hash");
    assertNothingHalf();
    server.cdn.clearPlans();
    assertSnapshot(hub().download(MODEL));
  }

  @ParameterizedTest
  @ValueSource(strings = {"../../../../stolen", "/tmp/stolen", "ABCD", ""})
  void hashes_that_would_be_other_file_names(String hash) throws IOException {
    for (String file : List.of("config.json", "model.safetensors")) {
      server.falseHashes.put(file, hash);
      assertFails(Reason.CORRUPT, () -> hub().download(MODEL))
          .hasMessageContaining("Invalid hash of file \"" + file + "\"");
      server.falseHashes.clear();
    }
    assertThat(temporary).isDirectoryNotContaining(path -> path.toString().contains("stolen"));
    assertNothingHalf();
    assertSnapshot(hub().download(MODEL));
  }

  @Test
  void rate_limit_that_lasts_too_long() {
    server.hub.plan(seen -> true, Fault.LONG_LIMIT, 1);
    assertFails(Reason.RATE_LIMITED, () -> hub().download(MODEL)).hasMessageContaining("5001 s");
  }

  @Test
  void cache_that_can_not_be_written() throws IOException {
    Files.writeString(cache, "a file where the cache should be");
    assertFails(Reason.LOCAL_FILE, () -> hub().download(MODEL))
        .hasMessageContaining(cache.toString());
  }

  @Test
  void mistakes_of_the_caller_are_told_at_once() {
    assertThatThrownBy(() -> hub().open("a/b/c"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Invalid repository id \"a/b/c\"");
    assertThatThrownBy(() -> hub().open("org/model@../../x"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Invalid revision");
    HttpClient client = HttpClient.newBuilder().followRedirects(HttpClient.Redirect.ALWAYS).build();
    assertThatThrownBy(() -> builder().httpClient(client))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Redirect.NEVER");
  }

  @Test
  void redirects_from_https_to_http_are_refused() {
    assertThatThrownBy(() -> Locations.resolve(URI.create("https://a.b/c"), "http://a.b/d"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("https to http");
  }

  private static AbstractThrowableAssert<?, ? extends Throwable> assertFails(
      Reason reason, ThrowingCallable call) {
    return assertThatThrownBy(call)
        .isInstanceOfSatisfying(HubException.class, e -> assertThat(e.reason()).isEqualTo(reason));
  }
}
