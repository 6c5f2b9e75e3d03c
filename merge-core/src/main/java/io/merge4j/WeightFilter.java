// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

/// Chooses the weights to which a value of a parameter applies.
///
/// Recipes in YAML have one kind of filter, [a substring of the name][#containing]; programs may
/// pass any predicate. Of one that YAML cannot say a printed recipe shows the text, by which it
/// does not work again; the plan remarks on it.
@FunctionalInterface
public interface WeightFilter {

  boolean matches(Weight weight);

  /// Weights whose name contains `text`; `"*"` matches all, as in mergekit.
  static WeightFilter containing(String text) {
    return text.equals(All.TEXT) ? All.WEIGHTS : new Containing(text);
  }

  /// Every weight.
  static WeightFilter all() {
    return All.WEIGHTS;
  }

  /// Weights of layers `from` to `to` (exclusive) of the output; none outside the layers.
  static WeightFilter layers(int from, int to) {
    return new Layers(from, to);
  }

  /// Weights whose name contains a text.
  record Containing(String text) implements WeightFilter {
    @Override
    public boolean matches(Weight weight) {
      return weight.name().contains(text);
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /// Weights of a range of output layers.
  record Layers(int from, int to) implements WeightFilter {
    @Override
    public boolean matches(Weight weight) {
      int layer = weight.layer().orElse(-1);
      return layer >= from && layer < to;
    }

    @Override
    public String toString() {
      return "layers %d to %d".formatted(from, to);
    }
  }

  /// Every weight.
  enum All implements WeightFilter {
    WEIGHTS;

    private static final String TEXT = "*";

    @Override
    public boolean matches(Weight weight) {
      return true;
    }

    @Override
    public String toString() {
      return TEXT;
    }
  }
}
