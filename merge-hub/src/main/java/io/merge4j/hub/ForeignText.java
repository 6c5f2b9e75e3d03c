// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

/// Text that others wrote, such as servers, model cards and those who name models, to be shown on a
/// terminal: nothing in it steers the terminal or turns the direction of writing.
final class ForeignText {

  private static final int BEARABLE_LENGTH = 200;

  private ForeignText() {}

  /// The text with a question mark for each character that is not to be seen, of bearable length.
  static String visible(String text) {
    return visible(text, BEARABLE_LENGTH);
  }

  /// The text with a question mark for each character that is not to be seen.
  ///
  /// @param most characters; what follows is cut off
  static String visible(String text, int most) {
    String visible = text.replaceAll("[\\p{Cc}\\p{Cf}\\x{2028}\\x{2029}]", "?");
    return visible.length() <= most ? visible : visible.substring(0, most) + "…";
  }
}
