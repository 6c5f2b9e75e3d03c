// SPDX-License-Identifier: Apache-2.0
package io.merge4j.adapter;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;

/// A pattern of modules, as adapters have them: it is to match a name, or a tail of it that begins
/// after a dot.
///
/// Patterns come from strangers. They are those of RE2, without look-around and back references:
/// matching takes time in proportion to the lengths of pattern and name.
///
/// @param text as it stands in the configuration
/// @param whole with what may stand in front
record ModulePattern(String text, Pattern whole) {

  private static final Pattern PLAIN = Pattern.compile("[\\w.]+");
  private static final Pattern COUNTED = Pattern.compile("\\{(\\d*),?(\\d*)}");
  private static final int MOST_GROUPS = 100;

  /// What a pattern may grow to when its counted repeats are written out, in characters.
  private static final double LONGEST = 100_000;

  /// @throws PatternSyntaxException if it is malformed, or would take much memory or stack
  static ModulePattern of(String text) {
    if (text.chars().filter(c -> c == '(').count() > MOST_GROUPS) {
      throw new PatternSyntaxException("more than %d groups".formatted(MOST_GROUPS));
    }
    double length = text.length();
    Matcher counted = COUNTED.matcher(text);
    while (counted.find()) {
      length *= Math.max(1, Math.max(number(counted.group(1)), number(counted.group(2))));
      if (length > LONGEST) {
        throw new PatternSyntaxException(
            "counted repeats make it longer than %.0f".formatted(LONGEST), text);
      }
    }
    return new ModulePattern(text, Pattern.compile("(.*\\.)?(" + text + ")"));
  }

  private static double number(String digits) {
    return digits.isEmpty() ? 0 : Double.parseDouble(digits);
  }

  boolean matches(String module) {
    return PLAIN.matches(text) ? isTail(module) : whole.matches(module);
  }

  /// The common case of a name, fast since adapters may have one for each of thousands of modules.
  private boolean isTail(String module) {
    int start = module.length() - text.length();
    if (start < 0 || (start > 0 && module.charAt(start - 1) != '.')) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) != '.' && text.charAt(i) != module.charAt(start + i)) {
        return false;
      }
    }
    return true;
  }
}
