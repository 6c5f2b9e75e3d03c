// SPDX-License-Identifier: Apache-2.0
package io.merge4j.torch;

import com.google.common.base.CharMatcher;

/// How messages show texts of a file, which may be anything.
final class Quoted {

  private static final int SHOWN = 200;

  private Quoted() {}

  /// The text in quotes, without control characters, cut if very long.
  static String of(String text) {
    String shown = text.length() > SHOWN ? text.substring(0, SHOWN) + "..." : text;
    return "\"" + CharMatcher.javaIsoControl().replaceFrom(shown, '?') + "\"";
  }
}
