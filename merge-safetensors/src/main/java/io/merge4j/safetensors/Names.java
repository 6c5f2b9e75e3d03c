// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import com.google.common.base.Utf8;

/// Strings of headers: their order, their validity, and how messages show them.
final class Names {

  private static final int SHOWN = 200;

  private Names() {}

  /// Compares by code points, which is the order of the UTF-8 bytes.
  ///
  /// [String#compareTo] differs: it puts U+1F600, a pair of surrogates, before U+FFEE.
  static int compare(String a, String b) {
    int length = Math.min(a.length(), b.length());
    for (int i = 0; i < length; i++) {
      char x = a.charAt(i);
      char y = b.charAt(i);
      if (x != y) {
        // Only one of them a surrogate: it belongs to a code point above all of the other's kind.
        return Character.isSurrogate(x) == Character.isSurrogate(y)
            ? Character.compare(x, y)
            : Boolean.compare(Character.isSurrogate(x), Character.isSurrogate(y));
      }
    }
    return Integer.compare(a.length(), b.length());
  }

  /// Whether no surrogate stands alone, so that the string has a UTF-8 form.
  static boolean isUnicode(String text) {
    try {
      return Utf8.encodedLength(text) >= 0;
    } catch (IllegalArgumentException loneSurrogate) {
      return false;
    }
  }

  /// The name in quotes for a message: control characters escaped, cut if very long.
  static String quote(String name) {
    StringBuilder shown = new StringBuilder();
    name.codePoints()
        .limit(SHOWN)
        .forEach(c -> {
          if (Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE) {
            shown.append("\\u%04x".formatted(c));
          } else {
            shown.appendCodePoint(c);
          }
        });
    String rest = name.length() > SHOWN ? "... (" + name.length() + " characters)" : "";
    return "\"" + shown + "\"" + rest;
  }

  /// The text for a message, cut if very long.
  static String cut(String text) {
    return text.length() > SHOWN ? text.substring(0, SHOWN) + "..." : text;
  }
}
