// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import com.google.common.collect.ImmutableList;
import java.util.Collection;
import java.util.List;

/// A recipe that cannot be carried out with the models it names; found before a weight is read or a
/// byte is written.
///
/// All problems are found at once, and the message lists them.
public class RecipeException extends MergeException {

  private static final long serialVersionUID = 1;

  private final ImmutableList<String> problems;

  public RecipeException(String problem) {
    this(List.of(problem));
  }

  /// @param problems at least one
  public RecipeException(Collection<String> problems) {
    super(message(problems));
    this.problems = ImmutableList.copyOf(problems);
  }

  /// Every problem found, one sentence each.
  public List<String> problems() {
    return problems;
  }

  private static String message(Collection<String> problems) {
    if (problems.size() == 1) {
      return problems.iterator().next();
    }
    return "The recipe has "
        + problems.size()
        + " problems:\n  - "
        + String.join("\n  - ", problems);
  }
}
