// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/// Hashes by which the Hub names content, in lower-case hexadecimal.
final class ContentHash {

  /// Digits of a SHA-256.
  static final int SHA256_DIGITS = 64;

  private static final Pattern HASH = Pattern.compile("[0-9a-f]{40}|[0-9a-f]{64}");
  private static final int BUFFER = 1 << 20;

  private ContentHash() {}

  /// Whether the text can be a hash of content: 40 or 64 lower-case hexadecimal digits.
  static boolean isHash(String text) {
    return HASH.matcher(text).matches();
  }

  /// Whether the file's content has the name `etag`; none has a name of another kind.
  static boolean matches(Path file, String etag) throws IOException {
    return switch (etag.length()) {
      case SHA256_DIGITS -> sha256(file).equals(etag);
      case 40 -> gitSha1(file).equals(etag);
      default -> false;
    };
  }

  /// SHA-256 of the file's content.
  static String sha256(Path file) throws IOException {
    return digest(file, newDigest("SHA-256"));
  }

  /// SHA-1 of the git object that holds the file: `blob <length>`, a zero byte, the content.
  static String gitSha1(Path file) throws IOException {
    MessageDigest digest = newDigest("SHA-1");
    digest.update(("blob " + Files.size(file) + "\0").getBytes(StandardCharsets.US_ASCII));
    return digest(file, digest);
  }

  private static String digest(Path file, MessageDigest digest) throws IOException {
    byte[] buffer = new byte[BUFFER];
    try (InputStream in = Files.newInputStream(file)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest newDigest(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has " + algorithm, e);
    }
  }
}
