// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Foreign text as Markdown that shows it and does nothing else.
///
/// *Source:* CommonMark 0.31, code spans, fenced code blocks and backslash escapes.
final class Markdown {

  private static final Pattern BACKTICKS = Pattern.compile("`+");
  private static final Pattern SPECIAL = Pattern.compile("[\\\\`*_\\[\\]<>#&|]");
  private static final Pattern ADDRESS =
      Pattern.compile(
          "arXiv:(?<paper>[\\w.]+)|doi:(?<doi>\\S+[\\w])|(?<hub>huggingface\\.co/\\S+)");

  private Markdown() {}

  /// A line of plain text.
  static String text(String text) {
    return SPECIAL
        .matcher(line(text))
        .replaceAll(special -> Matcher.quoteReplacement("\\" + special.group()));
  }

  /// A name, in the font for code; whatever would end the line is a blank.
  static String code(String text) {
    String line = line(text);
    String fence = "`".repeat(longestRun(line) + 1);
    return line.contains("`") ? fence + " " + line + " " + fence : fence + line + fence;
  }

  /// A block of code.
  static String block(String language, String text) {
    String fence = "`".repeat(Math.max(3, longestRun(text) + 1));
    return fence + language + "\n" + text + (text.endsWith("\n") ? "" : "\n") + fence + "\n";
  }

  /// A paper or specification, as a link if it says where it is.
  static String source(String source) {
    Matcher matcher = ADDRESS.matcher(source);
    if (!matcher.find()) {
      return text(source);
    }
    return "[" + text(source) + "](" + address(matcher.toMatchResult()) + ")";
  }

  private static String address(MatchResult found) {
    if (found.group("paper") != null) {
      return "https://arxiv.org/abs/" + found.group("paper");
    }
    return found.group("doi") != null
        ? "https://doi.org/" + found.group("doi")
        : "https://" + found.group("hub");
  }

  private static String line(String text) {
    return text.replaceAll("[\\p{Cntrl}\\u0085\\u2028\\u2029]+", " ");
  }

  private static int longestRun(String text) {
    return BACKTICKS.matcher(text).results().mapToInt(run -> run.group().length()).max().orElse(0);
  }
}
