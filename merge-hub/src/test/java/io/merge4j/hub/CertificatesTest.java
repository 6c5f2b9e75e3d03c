// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A Hub behind a certificate that the JDK does not know.
class CertificatesTest {

  private static final char[] PASSWORD = "loopback".toCharArray();
  private static final String COMMIT = LoopbackHub.COMMIT_A;

  @TempDir Path temporary;

  static SSLServerSocket server() throws Exception {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = CertificatesTest.class.getResourceAsStream("loopback.p12")) {
      keys.load(Objects.requireNonNull(in), PASSWORD);
    }
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    return (SSLServerSocket)
        context.getServerSocketFactory().createServerSocket(0, 5, InetAddress.getLoopbackAddress());
  }

  /// Writes the certificate of [#server()] into a file.
  static Path certificate(Path file) throws IOException {
    try (InputStream in = CertificatesTest.class.getResourceAsStream("loopback.pem")) {
      Files.copy(Objects.requireNonNull(in), file);
    }
    return file;
  }

  /// Answers one request.
  ///
  /// @return the request; empty if there was none
  static String answer(SSLServerSocket server) {
    try (SSLSocket socket = (SSLSocket) server.accept()) {
      String answer = "{\"sha\":\"" + COMMIT + "\"}";
      byte[] request = new byte[1 << 14];
      int length = socket.getInputStream().read(request);
      socket
          .getOutputStream()
          .write(
              "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"
                  .formatted(answer.length(), answer)
                  .getBytes(StandardCharsets.US_ASCII));
      return new String(request, 0, Math.max(0, length), StandardCharsets.US_ASCII);
    } catch (IOException e) {
      // The client says what it thinks of it.
      return "";
    }
  }

  private Hub hub(SSLServerSocket server, Map<String, String> variables) {
    return new HubBuilder(new Environment(variables, temporary))
        .endpoint(URI.create("https://127.0.0.1:" + server.getLocalPort()))
        .retries(0, Duration.ofMillis(1))
        .build();
  }

  @Test
  void the_variable_names_certificates_to_trust() throws Exception {
    certificate(temporary.resolve("hub.pem"));
    try (SSLServerSocket server = server()) {
      Thread.ofVirtual().start(() -> answer(server));
      assertThatThrownBy(() -> hub(server, Map.of()).open("org/model"))
          .isInstanceOf(HubException.class);
      Thread.ofVirtual().start(() -> answer(server));
      Hub trusting = hub(server, Map.of("SSL_CERT_FILE", "~/hub.pem"));
      assertThat(trusting.open("org/model").commit()).isEqualTo(COMMIT);
    }
  }

  @Test
  void a_file_without_certificates_is_an_error() throws Exception {
    Path empty = Files.writeString(temporary.resolve("empty.pem"), "");

    for (Path file : new Path[] {empty, temporary.resolve("missing.pem")}) {
      assertThatThrownBy(() -> Certificates.trusting(file))
          .isInstanceOf(HubException.class)
          .hasMessageContaining("SSL_CERT_FILE");
    }
  }
}
