// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.merge4j.hub.HubException.Reason;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnvironmentTest {

  @TempDir Path home;

  private Environment environment(String... namesAndValues) {
    Map<String, String> variables = new HashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      variables.put(namesAndValues[i], namesAndValues[i + 1]);
    }
    return new Environment(variables, home);
  }

  @Test
  void defaults() {
    Environment environment = environment();
    assertThat(environment.endpoint()).hasToString("https://huggingface.co");
    assertThat(environment.cache()).isEqualTo(home.resolve(".cache/huggingface/hub"));
    assertThat(environment.token()).isEmpty();
    assertThat(environment.isOffline()).isFalse();
    assertThat(environment.stallTimeout()).isEqualTo(Duration.ofSeconds(10));
  }

  @Test
  void cache_directory() {
    assertThat(environment("HF_HUB_CACHE", "/c", "HF_HOME", "/h").cache()).isEqualTo(Path.of("/c"));
    assertThat(environment("HUGGINGFACE_HUB_CACHE", "/c").cache()).isEqualTo(Path.of("/c"));
    assertThat(environment("HF_HOME", "/h").cache()).isEqualTo(Path.of("/h/hub"));
    assertThat(environment("XDG_CACHE_HOME", "/x").cache())
        .isEqualTo(Path.of("/x/huggingface/hub"));
    assertThat(environment("HF_HUB_CACHE", "~/c").cache()).isEqualTo(home.resolve("c"));
    assertThat(environment("HF_HUB_CACHE", "$D/${E}/$NO", "D", "/d", "E", "e").cache())
        .isEqualTo(Path.of("/d/e/$NO"));
  }

  @Test
  void endpoint_loses_its_slash() {
    assertThat(environment("HF_ENDPOINT", "https://mirror.example/").endpoint())
        .hasToString("https://mirror.example");
  }

  @Test
  void token() throws IOException {
    assertThat(environment("HF_TOKEN", " a\r\n", "HUGGING_FACE_HUB_TOKEN", "b").token())
        .hasValue("a");
    assertThat(environment("HF_TOKEN", "\n", "HUGGING_FACE_HUB_TOKEN", "b").token()).hasValue("b");
    Files.createDirectories(home.resolve(".cache/huggingface"));
    Files.writeString(home.resolve(".cache/huggingface/token"), "filed\n");
    assertThat(environment().token()).hasValue("filed");
    Files.writeString(home.resolve("elsewhere"), "else");
    assertThat(environment("HF_TOKEN_PATH", "~/elsewhere").token()).hasValue("else");
    assertThat(environment("HF_TOKEN", "a", "HF_HUB_DISABLE_IMPLICIT_TOKEN", "yes").token())
        .isEmpty();
  }

  @Test
  void token_that_no_header_can_hold_is_refused_without_showing_it() throws IOException {
    Path file = Files.writeString(home.resolve("token"), "\ufeffhf_secret");
    for (Environment wrong :
        List.of(
            environment("HF_TOKEN", "hf_secret\u2026"),
            environment("HF_TOKEN", "hf_ secret"),
            environment("HF_TOKEN_PATH", file.toString()))) {
      assertThatThrownBy(wrong::token)
          .isInstanceOfSatisfying(
              HubException.class, e -> assertThat(e.reason()).isEqualTo(Reason.BAD_TOKEN))
          .hasMessageContaining("it holds others than visible ASCII characters")
          .message()
          .doesNotContain("secret");
    }
  }

  @Test
  void switches_and_numbers() {
    assertThat(environment("HF_HUB_OFFLINE", "on").isOffline()).isTrue();
    assertThat(environment("TRANSFORMERS_OFFLINE", "TRUE").isOffline()).isTrue();
    assertThat(environment("HF_HUB_OFFLINE", "0").isOffline()).isFalse();
    assertThat(environment("HF_HUB_DOWNLOAD_TIMEOUT", "30").stallTimeout())
        .isEqualTo(Duration.ofSeconds(30));
    assertThatThrownBy(() -> environment("HF_HUB_ETAG_TIMEOUT", "soon").metadataTimeout())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("HF_HUB_ETAG_TIMEOUT=soon");
  }

  @Test
  void values_that_can_not_work_are_named() {
    for (String endpoint : List.of("hub.example", "localhost:8080", "ftp://hub.example", "a b")) {
      assertThatThrownBy(() -> environment("HF_ENDPOINT", endpoint).endpoint())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("Invalid endpoint \"" + endpoint + "\": expected https://host");
    }
    for (String seconds : List.of("0", "-3")) {
      assertThatThrownBy(() -> environment("HF_HUB_ETAG_TIMEOUT", seconds).metadataTimeout())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("HF_HUB_ETAG_TIMEOUT=" + seconds);
    }
  }

  @Test
  void privacy_and_certificates() {
    for (String name : List.of("HF_HUB_DISABLE_TELEMETRY", "DISABLE_TELEMETRY", "DO_NOT_TRACK")) {
      assertThat(environment(name, "1").isReticent()).as(name).isTrue();
    }
    assertThat(environment().isReticent()).isFalse();
    assertThat(environment().certificates()).isEmpty();
    assertThat(environment("SSL_CERT_FILE", "~/ca.pem").certificates())
        .hasValue(home.resolve("ca.pem"));
  }

  @Test
  void proxies() {
    EnvironmentProxy proxy =
        new EnvironmentProxy(
            environment("HTTPS_PROXY", "http://proxy:3128", "NO_PROXY", ".corp, localhost"));
    assertThat(proxy.select(URI.create("https://huggingface.co/x")))
        .containsExactly(
            new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved("proxy", 3128)));
    assertThat(proxy.select(URI.create("https://hub.corp/x"))).containsExactly(Proxy.NO_PROXY);
    assertThat(proxy.select(URI.create("https://localhost/x"))).containsExactly(Proxy.NO_PROXY);
    assertThat(proxy.select(URI.create("http://huggingface.co/x"))).containsExactly(Proxy.NO_PROXY);
  }

  @Test
  void proxies_that_can_not_be_used_are_refused_without_their_password() {
    for (String wrong :
        List.of("http://me:secret@", "me:secret@pro xy:1", "socks5://me:secret@proxy:1080")) {
      EnvironmentProxy proxy = new EnvironmentProxy(environment("HTTPS_PROXY", wrong));
      assertThatThrownBy(() -> proxy.select(URI.create("https://huggingface.co/x")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("expected http://host:port")
          .message()
          .doesNotContain("secret");
    }
  }

  @Test
  void token_goes_to_the_hub_only() {
    URI hub = URI.create("https://huggingface.co");
    assertThat(Locations.isHub(URI.create("https://huggingface.co:443/a"), hub)).isTrue();
    assertThat(Locations.isHub(URI.create("https://hf.co/a"), hub)).isTrue();
    assertThat(Locations.isHub(URI.create("http://huggingface.co/a"), hub)).isFalse();
    assertThat(Locations.isHub(URI.create("https://cdn-lfs.huggingface.co/a"), hub)).isFalse();
    assertThat(Locations.isHub(URI.create("https://huggingface.co.evil.com/a"), hub)).isFalse();
    assertThat(Locations.isHub(hub, URI.create("https://mirror.example"))).isFalse();
  }
}
