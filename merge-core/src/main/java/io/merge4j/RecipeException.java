// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import com.google.common.collect.ImmutableList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

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
    this(problems, null);
  }

  /// @param problems at least one
  /// @param cause the failure that they come from, such as a model that could not be opened; null
  ///   if something is wrong with the recipe itself
  public RecipeException(Collection<String> problems, @Nullable Throwable cause) {
    super(message(problems), cause);
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
