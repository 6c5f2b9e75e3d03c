// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/// Paths of files in a repository: their safety on disk, their spelling in URLs.
final class RepositoryPath {

  private static final String UNRESERVED = "-._~";
  private static final HexFormat HEX = HexFormat.of().withUpperCase();

  private RepositoryPath() {}

  /// Refuses a path that leaves its directory under the rules of any operating system.
  ///
  /// *Source:* huggingface_hub 1.33.0 refuses `..` between either slash, absolute paths, drives.
  static void check(String path) {
    String slashes = path.replace('\\', '/');
    boolean valid = !slashes.isEmpty() && !slashes.startsWith("/") && !slashes.endsWith("/");
    valid &= !(slashes.length() > 1 && slashes.charAt(1) == ':' && isLetter(slashes.charAt(0)));
    for (String segment : slashes.split("/", -1)) {
      valid &= !segment.isEmpty() && !segment.equals(".") && !segment.equals("..");
    }
    if (!valid || path.chars().anyMatch(c -> c < ' ' || c == 127)) {
      throw new IllegalArgumentException(
          "Unsafe file name \"%s\": it does not name a file inside the repository"
              .formatted(ForeignText.visible(path)));
    }
  }

  /// Percent-encodes a path for a URL; `/` stays.
  static String encode(String path) {
    return encode(path, "/");
  }

  /// Percent-encodes a revision for a URL, `/` included.
  static String encodeSegment(String text) {
    return encode(text, "");
  }

  private static String encode(String text, String alsoPlain) {
    StringBuilder out = new StringBuilder();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      if (isLetter(c) || (c >= '0' && c <= '9') || (UNRESERVED + alsoPlain).indexOf(c) >= 0) {
        out.append(c);
      } else {
        out.append('%').append(HEX.toHexDigits(b));
      }
    }
    return out.toString();
  }

  private static boolean isLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }
}
