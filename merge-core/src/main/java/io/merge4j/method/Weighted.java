// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.AddsModel;
import io.merge4j.Draft;
import io.merge4j.Gradient;
import io.merge4j.NamesBase;
import io.merge4j.Parameter;
import io.merge4j.Refinable;
import io.merge4j.WeightFilter;
import io.merge4j.model.ModelReference;
import java.util.Arrays;
import java.util.function.Function;

/// The incomplete steps of methods whose models have a weight each: base, model, weight, model,
/// weight.
///
/// `S` is the method's own step once a weight is known; it is made from the draft by `next`. A
/// method that needs no base starts with [NeedsModel], one that needs two models has [One] as the
/// first `S`.
public final class Weighted {

  static final Parameter WEIGHT =
      Parameter.number("weight").ofEachModel().about("share of the model");

  /// What sums may be off by, as a share of the sum of magnitudes.
  private static final double ROUNDING = 1e-12;

  private Weighted() {}

  /// Whether weights add up to 0, so that nothing can be divided by their sum; what is left of
  /// decimals that were rounded (0.7 + 0.1 - 0.8) counts as 0.
  static boolean cancel(double[] weights) {
    double magnitudes = Arrays.stream(weights).map(Math::abs).sum();
    return Math.abs(Arrays.stream(weights).sum()) <= ROUNDING * magnitudes;
  }

  /// The base is missing.
  public record NeedsBase<S>(Draft draft, Function<Draft, S> next)
      implements NamesBase<NeedsModel<S>> {

    @Override
    public NeedsModel<S> base(ModelReference model) {
      return new NeedsModel<>(draft.base(model), next);
    }
  }

  /// A model is missing.
  public record NeedsModel<S>(Draft draft, Function<Draft, S> next)
      implements AddsModel<NeedsWeight<S>> {

    @Override
    public NeedsWeight<S> model(ModelReference model) {
      return new NeedsWeight<>(draft.model(model), next);
    }
  }

  /// The weight of the model named last is missing.
  public record NeedsWeight<S>(Draft draft, Function<Draft, S> next) {

    /// Sets the model's weight: a number, or numbers from the first layer to the last.
    public S weight(double... anchors) {
      return weight(Gradient.of(anchors));
    }

    /// Sets the model's weight, by depth.
    public S weight(Gradient value) {
      return next.apply(draft.modelParameter(WEIGHT.name(), value));
    }
  }

  /// A second model is missing; the weight of the first may be refined.
  public record One<S>(Draft draft, Function<Draft, S> next)
      implements Refinable<One<S>>, AddsModel<NeedsWeight<S>> {

    @Override
    public NeedsWeight<S> model(ModelReference model) {
      return new NeedsWeight<>(draft.model(model), next);
    }

    @Override
    public One<S> filter(WeightFilter filter, Gradient value) {
      return new One<>(draft.filter(filter, value), next);
    }
  }
}
