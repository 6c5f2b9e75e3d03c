// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// Certificates to trust instead of the JDK's own, as companies with a proxy of their own need.
final class Certificates {

  private Certificates() {}

  /// Trusts what a file of certificates in PEM trusts.
  ///
  /// @throws HubException if the file can't be read or holds none
  static SSLContext trusting(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
      trusted.load(null, null);
      for (Certificate one : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        trusted.setCertificateEntry(String.valueOf(trusted.size()), one);
      }
      if (trusted.size() == 0) {
        throw new IOException("it holds no certificate");
      }
      TrustManagerFactory managers =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      managers.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, managers.getTrustManagers(), null);
      return context;
    } catch (IOException | GeneralSecurityException e) {
      throw new HubException(
          HubException.Reason.LOCAL_FILE,
          "Cannot read certificates from %s, which SSL_CERT_FILE names: %s; expected certificates in PEM"
              .formatted(file, e.getMessage()),
          e);
    }
  }
}
