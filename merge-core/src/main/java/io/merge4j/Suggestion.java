// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/// The known name that somebody who wrote an unknown one may have meant.
public final class Suggestion {

  private Suggestion() {}

  /// The known name nearest to `name`, if it is near: at most a third of its letters differ.
  public static Optional<String> nearest(String name, Collection<String> known) {
    return known.stream()
        .min(Comparator.comparingInt((String other) -> distance(name, other)).thenComparing(s -> s))
        .filter(other ->
            distance(name, other) <= Math.max(1, Math.max(name.length(), other.length()) / 3));
  }

  /// `; did you mean "slerp"?`, or nothing if no known name is near.
  public static String didYouMean(String name, Collection<String> known) {
    return nearest(name, known).map(other -> "; did you mean \"" + other + "\"?").orElse("");
  }

  /// Levenshtein distance, letters' case aside; names beyond 64 characters are far from all others.
  private static int distance(String a, String b) {
    if (Math.max(a.length(), b.length()) > 64) {
      return a.equals(b) ? 0 : Integer.MAX_VALUE;
    }
    String left = a.toLowerCase(Locale.ROOT);
    String right = b.toLowerCase(Locale.ROOT);
    int[] above = new int[right.length() + 1];
    for (int j = 0; j < above.length; j++) {
      above[j] = j;
    }
    for (int i = 1; i <= left.length(); i++) {
      int[] row = new int[above.length];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int replaced = above[j - 1] + (left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(replaced, Math.min(above[j], row[j - 1]) + 1);
      }
      above = row;
    }
    return above[right.length()];
  }
}
