// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.merge4j.hub.HubException.Reason;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
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
    assertThat(environment("HF_HUB_OFFLINE", "0", "TRANSFORMERS_OFFLINE", "1").isOffline())
        .isFalse();
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
  void no_proxy_names_hosts_with_a_port_or_without() {
    EnvironmentProxy proxy =
        new EnvironmentProxy(
            environment("http_proxy", "proxy:3128", "no_proxy", "hub.corp:8080, ::1, [::2]:80"));
    for (String direct : List.of("http://hub.corp:8080/x", "http://[::1]:9/x", "http://[::2]/x")) {
      assertThat(proxy.select(URI.create(direct))).as(direct).containsExactly(Proxy.NO_PROXY);
    }
    for (String other :
        List.of("http://hub.corp/x", "http://hub.corp:80801/x", "http://[::2]:9/")) {
      assertThat(proxy.select(URI.create(other)))
          .as(other)
          .doesNotContain(Proxy.NO_PROXY)
          .hasSize(1);
    }
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
  void proxies_are_told_the_user_and_password_that_their_variable_holds() throws IOException {
    try (HttpPort port = new HttpPort(0, seen -> HttpPort.Answer.of(404, ""))) {
      String proxy = port.url().replace("//", "//me:p%C3%A4ss@");
      HubBuilder builder =
          new HubBuilder(environment("http_proxy", proxy, "NO_PROXY", "127.0.0.1"))
              .retries(0, Duration.ofMillis(1));
      Hub behind = builder.endpoint(URI.create("http://hub.example")).build();
      assertThatThrownBy(() -> behind.open("org/model")).isInstanceOf(HubException.class);
      Hub direct = builder.endpoint(URI.create(port.url())).build();
      assertThatThrownBy(() -> direct.open("org/model")).isInstanceOf(HubException.class);
      String basic =
          "Basic "
              + Base64.getEncoder().encodeToString("me:p\u00e4ss".getBytes(StandardCharsets.UTF_8));
      assertThat(port.seen())
          .extracting(seen -> seen.headers().get("proxy-authorization"))
          .containsExactly(basic, null);
    }
  }

  @Test
  void passwords_that_java_would_not_send_are_refused_by_the_name_of_their_variable() {
    EnvironmentProxy proxy =
        new EnvironmentProxy(environment("HTTPS_PROXY", "http://me:secret@proxy:1"));
    assertThatThrownBy(() -> proxy.authorization(URI.create("https://huggingface.co/x")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("HTTPS_PROXY")
        .hasMessageContaining("-Djdk.http.auth.tunneling.disabledSchemes=")
        .message()
        .doesNotContain("secret");
  }

  @Test
  void what_is_never_sent_need_not_be_valid() {
    HubBuilder builder = new HubBuilder(environment("HF_TOKEN", "hf_\u2026"));
    assertThat(builder.offline(true).build().cache()).isAbsolute();
    assertThatThrownBy(() -> builder.offline(false).build())
        .isInstanceOf(HubException.class)
        .hasMessageContaining("HF_TOKEN");
  }

  @Test
  void origins_that_no_header_can_hold_are_refused() {
    assertThat(environment("HF_HUB_USER_AGENT_ORIGIN", "my lab/1").origin()).hasValue("my lab/1");
    assertThatThrownBy(() -> environment("HF_HUB_USER_AGENT_ORIGIN", "lab\r\nx: y").origin())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Invalid HF_HUB_USER_AGENT_ORIGIN \"lab??x: y\"");
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
