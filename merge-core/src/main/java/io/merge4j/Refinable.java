// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

/// A fluent step that has just set a parameter, whose value may differ for some weights.
///
/// @param <S> the step itself
public interface Refinable<S> {

  /// Uses `value` for the weights that `filter` matches; earlier filters go first.
  S filter(WeightFilter filter, Gradient value);

  /// Uses `value` for weights whose name contains `text`.
  default S filter(String text, Gradient value) {
    return filter(WeightFilter.containing(text), value);
  }

  /// Uses a number, or numbers from the first layer to the last, for weights whose name contains
  /// `text`.
  default S filter(String text, double... anchors) {
    return filter(text, Gradient.of(anchors));
  }

  /// Uses a number, or numbers from the first layer to the last, for the weights that `filter`
  /// matches.
  default S filter(WeightFilter filter, double... anchors) {
    return filter(filter, Gradient.of(anchors));
  }
}
