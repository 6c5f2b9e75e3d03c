// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.FutureTask;
import javax.net.ssl.SSLServerSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A Hub by https behind a proxy.
class TunnelTest {

  private static final String BASIC = "Proxy-Authorization: Basic bWU6c2VjcmV0\r\n";

  @TempDir Path temporary;

  private HubBuilder builder(SSLServerSocket server, String proxy) throws Exception {
    Path certificate = CertificatesTest.certificate(temporary.resolve("hub.pem"));
    Map<String, String> variables =
        Map.of("HTTPS_PROXY", proxy, "SSL_CERT_FILE", certificate.toString());
    return new HubBuilder(new Environment(variables, temporary))
        .endpoint(URI.create("https://127.0.0.1:" + server.getLocalPort()))
        .cache(temporary.resolve("cache"))
        .retries(0, Duration.ofMillis(1));
  }

  @Test
  void goes_through_the_tunnel_and_shows_the_proxy_no_token() throws Exception {
    try (SSLServerSocket server = CertificatesTest.server();
        TunnelProxy proxy = new TunnelProxy("CONNECT")) {
      FutureTask<String> request = new FutureTask<>(() -> CertificatesTest.answer(server));
      Thread.ofVirtual().start(request);
      Hub hub = builder(server, "http://" + proxy.address()).token("hf_good").build();
      assertThat(hub.open("org/model").commit()).isEqualTo(LoopbackHub.COMMIT_A);
      assertThat(request.get()).contains("Bearer hf_good");
      assertThat(proxy.seen())
          .singleElement()
          .asString()
          .startsWith("CONNECT 127.0.0.1:" + server.getLocalPort() + " ")
          .doesNotContainIgnoringCase("authorization")
          .doesNotContain("hf_good");
    }
  }

  @Test
  void a_proxy_that_wants_a_password_is_named() throws Exception {
    try (SSLServerSocket server = CertificatesTest.server();
        TunnelProxy proxy = new TunnelProxy(BASIC)) {
      Hub hub = builder(server, "http://" + proxy.address()).build();
      assertThatThrownBy(() -> hub.open("org/model"))
          .isInstanceOf(HubException.class)
          .hasMessageContaining("the proxy wants a user and password")
          .hasMessageContaining("HTTPS_PROXY");
    }
  }

  @Test
  void the_proxy_alone_is_told_user_and_password_where_java_is_started_to_send_them()
      throws Exception {
    try (SSLServerSocket server = CertificatesTest.server();
        TunnelProxy proxy = new TunnelProxy(BASIC)) {
      FutureTask<String> requests =
          new FutureTask<>(() -> CertificatesTest.answer(server) + CertificatesTest.answer(server));
      Thread.ofVirtual().start(requests);
      ProcessBuilder process =
          OpenProcess.of("org/model", "-Djdk.http.auth.tunneling.disabledSchemes=");
      process
          .environment()
          .putAll(
              Map.of(
                  "HF_ENDPOINT",
                  "https://127.0.0.1:" + server.getLocalPort(),
                  "HF_HOME",
                  temporary.toString(),
                  "HTTPS_PROXY",
                  "http://me:secret@" + proxy.address(),
                  "SSL_CERT_FILE",
                  CertificatesTest.certificate(temporary.resolve("hub.pem")).toString()));
      String said =
          new String(process.start().getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(said).contains(LoopbackHub.COMMIT_A);
      assertThat(requests.get()).contains("GET /api/models/").doesNotContain("Proxy-", "bWU6");
      assertThat(proxy.seen()).allMatch(request -> request.contains(BASIC));
    }
  }
}
