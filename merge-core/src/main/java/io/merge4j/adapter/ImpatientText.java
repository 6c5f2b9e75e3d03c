// SPDX-License-Identifier: Apache-2.0
package io.merge4j.adapter;

import io.merge4j.MergeException;
import java.util.regex.Pattern;

/// A text that lets a pattern look at it only so often.
///
/// Patterns come with adapters from strangers, and some take time that grows with a high power of
/// the text's length, such as `.*.*.*.*.*.*.*.*!`.
final class ImpatientText implements CharSequence {

  private static final int LOOKS = 1_000_000;

  private final String text;
  private final Pattern pattern;
  private int left = LOOKS;

  ImpatientText(String text, Pattern pattern) {
    this.text = text;
    this.pattern = pattern;
  }

  @Override
  public int length() {
    return text.length();
  }

  /// @throws MergeException at the millionth look
  @Override
  public char charAt(int index) {
    if (--left < 0) {
      throw new MergeException(
          "Pattern %s takes more than %d steps to compare with %s; simplify it in the adapter's configuration"
              .formatted(pattern, LOOKS, text));
    }
    return text.charAt(index);
  }

  @Override
  public CharSequence subSequence(int start, int end) {
    return text.substring(start, end);
  }

  @Override
  public String toString() {
    return text;
  }
}
