// SPDX-License-Identifier: Apache-2.0
package io.merge4j.plan;

import com.google.common.collect.ImmutableList;
import io.merge4j.RecipeException;
import java.util.LinkedHashMap;
import java.util.Map;

/// Everything found wrong while planning; what is wrong with many tensors is said once.
final class Problems {

  private static final class Case {
    final String first;
    int more;

    Case(String first) {
      this.first = first;
    }
  }

  private final Map<String, Case> cases = new LinkedHashMap<>();

  /// Something is wrong with the merge as a whole.
  void add(String problem) {
    cases.putIfAbsent(problem, new Case(""));
  }

  /// The same thing may be wrong with several tensors; the message names the first and counts the
  /// rest.
  void add(String problem, String tensor) {
    Case known = cases.putIfAbsent(problem, new Case(tensor));
    if (known != null) {
      known.more++;
    }
  }

  /// Adds those of `others`, after these.
  void addAll(Problems others) {
    others.cases.forEach(cases::putIfAbsent);
  }

  boolean isEmpty() {
    return cases.isEmpty();
  }

  /// @throws RecipeException if there is any problem, listing all
  void throwIfAny() {
    if (!cases.isEmpty()) {
      ImmutableList.Builder<String> texts = ImmutableList.builder();
      cases.forEach((problem, found) -> texts.add(problem + where(found)));
      throw new RecipeException(texts.build());
    }
  }

  private static String where(Case found) {
    if (found.first.isEmpty()) {
      return "";
    }
    String others = found.more == 0 ? "" : " and " + found.more + " more";
    return " (tensor " + found.first + others + ")";
  }
}
