// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import com.google.common.collect.ImmutableList;
import java.util.Optional;
import java.util.stream.Collectors;

/// What a recipe says of one parameter at one level: values, each for the weights its filter
/// matches.
///
/// The first choice whose filter matches a weight holds; if none does, the setting says nothing of
/// that weight and the next level is asked.
///
/// @param choices in order of precedence
public record Setting(ImmutableList<Choice> choices) {

  /// One value and the weights it is for.
  public record Choice(WeightFilter filter, Gradient value) {

    /// Whether it is for all weights.
    public boolean isForAll() {
      return filter instanceof WeightFilter.All;
    }

    /// Whether a recipe in YAML can say for which weights it is.
    public boolean isPrintable() {
      return isForAll() || filter instanceof WeightFilter.Containing;
    }

    /// For which weights it is. The text of a lambda would differ from run to run.
    public String weights() {
      return filter.getClass().isHidden() ? "a program's own" : filter.toString();
    }
  }

  /// The same gradient for every weight.
  public static Setting of(Gradient value) {
    return new Setting(ImmutableList.of(new Choice(WeightFilter.all(), value)));
  }

  /// The same number, or gradient of numbers, for every weight.
  public static Setting of(double... anchors) {
    return of(Gradient.of(anchors));
  }

  /// This setting with another value for the weights that `filter` matches and no earlier
  /// refinement does; it goes before a value for all weights.
  public Setting refined(WeightFilter filter, Gradient value) {
    ImmutableList.Builder<Choice> refined = ImmutableList.builder();
    ImmutableList<Choice> special =
        choices.stream()
            .takeWhile(choice -> !choice.isForAll())
            .collect(ImmutableList.toImmutableList());
    refined.addAll(special).add(new Choice(filter, value));
    return new Setting(refined.addAll(choices.subList(special.size(), choices.size())).build());
  }

  /// The choice that holds for `weight`, if any matches it.
  public Optional<Choice> choice(Weight weight) {
    for (Choice choice : choices) {
      if (choice.filter().matches(weight)) {
        return Optional.of(choice);
      }
    }
    return Optional.empty();
  }

  /// The gradient that holds for `weight`, if any choice matches it.
  public Optional<Gradient> gradient(Weight weight) {
    return choice(weight).map(Choice::value);
  }

  /// The value that holds for `weight` at its depth: a [Double], [Boolean] or [String].
  public Optional<Object> at(Weight weight) {
    return gradient(weight).map(gradient -> gradient.at(weight.depth()));
  }

  @Override
  public String toString() {
    return choices.stream()
        .map(choice ->
            choice.isForAll()
                ? choice.value().toString()
                : choice.weights() + ": " + choice.value())
        .collect(Collectors.joining("; "));
  }
}
