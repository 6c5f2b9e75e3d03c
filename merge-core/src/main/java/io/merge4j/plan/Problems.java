// SPDX-License-Identifier: Apache-2.0
package io.merge4j.plan;

import com.google.common.collect.ImmutableList;
import io.merge4j.RecipeException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Everything found wrong while planning; what is wrong with many tensors is said once.
final class Problems {

  private static final class Case {
    final String first;
    final @Nullable Throwable failure;
    int more;

    Case(String first, @Nullable Throwable failure) {
      this.first = first;
      this.failure = failure;
    }
  }

  private final Map<String, Case> cases = new LinkedHashMap<>();

  /// Something is wrong with the merge as a whole.
  void add(String problem) {
    cases.putIfAbsent(problem, new Case("", null));
  }

  /// Something that the merge needs is not to be had.
  void add(String problem, Throwable failure) {
    cases.putIfAbsent(problem, new Case("", failure));
  }

  /// The same thing may be wrong with several tensors; the message names the first and counts the
  /// rest.
  void add(String problem, String tensor) {
    Case known = cases.putIfAbsent(problem, new Case(tensor, null));
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

  /// @throws RecipeException if there is any problem, listing all; its cause is the failure that
  ///   they come from, those of further problems are suppressed
  void throwIfAny() {
    if (!cases.isEmpty()) {
      ImmutableList.Builder<String> texts = ImmutableList.builder();
      cases.forEach((problem, found) -> texts.add(problem + where(found)));
      ImmutableList<Throwable> failures = failures();
      RecipeException all =
          new RecipeException(texts.build(), failures.isEmpty() ? null : failures.getFirst());
      failures.stream().skip(1).forEach(all::addSuppressed);
      throw all;
    }
  }

  /// None if there is a problem without a failure, which stays when all failures are over.
  private ImmutableList<Throwable> failures() {
    ImmutableList<Throwable> failures =
        cases.values().stream()
            .flatMap(found -> Stream.ofNullable(found.failure))
            .collect(ImmutableList.toImmutableList());
    return failures.size() == cases.size() ? failures : ImmutableList.of();
  }

  private static String where(Case found) {
    if (found.first.isEmpty()) {
      return "";
    }
    String others = found.more == 0 ? "" : " and " + found.more + " more";
    return " (tensor " + found.first + others + ")";
  }
}
