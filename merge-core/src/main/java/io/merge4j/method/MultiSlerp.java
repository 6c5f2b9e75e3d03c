// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.About;
import io.merge4j.AddsModel;
import io.merge4j.Blend;
import io.merge4j.Chain;
import io.merge4j.Draft;
import io.merge4j.Gradient;
import io.merge4j.MergeException;
import io.merge4j.MergeMethod;
import io.merge4j.NamesBase;
import io.merge4j.Operands;
import io.merge4j.Parameter;
import io.merge4j.Refinable;
import io.merge4j.Signature;
import io.merge4j.Values;
import io.merge4j.WeightFilter;
import io.merge4j.model.ModelReference;
import java.util.Arrays;

/// Average of several models on the sphere, in one step from their normalised average.
///
///     u_i = x_i / (|x_i| + eps);   m = Σ w_i u_i / |Σ w_i u_i|
///     v = Σ w_i (u_i - <u_i, m> m);   n = |v| + eps;   y = (m cos n + v sin n / n) · Σ w_i |x_i|
///
/// With a base, of the task vectors `x_i - b`, added back to it. The tangents' sum `v` vanishes, since
/// `m` points along `Σ w_i u_i`: what is left, and computed here, is `y = m · Σ w_i |x_i|`.
///
/// *Source:* Buss & Fillmore 2001, Spherical averages, doi:10.1145/502122.502124 (one step of it).
/// *Same as:* mergekit `multislerp`. *Differs from:* it where all tensors are zero, which gives zeros
/// (or the base) instead of an error, so that weights that no model has tuned can be merged.
///
/// *Parameters:* `weight` per model, any number; `normalize_weights` (true), whether weights are divided
/// by their sum; `eps` (1e-8), at least 0: added to norms, and least length of `Σ w_i u_i`.
/// *Operands:* at least 2, optionally a base, equal shape, any floating type. *Output:* that shape.
/// *Cost:* two passes (products, blend); no allocation per element.
/// *Edge cases:* directions that cancel out: two models are merged linearly, more are an error. NaN or
/// infinity makes the whole tensor NaN.
public record MultiSlerp() implements MergeMethod {

  static final Parameter NORMALIZE =
      Parameter.flag("normalize_weights", true).about("divide the weights by their sum");

  static final Parameter EPS =
      Parameter.number("eps")
          .orElse(1e-8)
          .between(0, Double.POSITIVE_INFINITY)
          .about("added to norms; least length of the averaged direction");

  /// Below this share of its terms a float64 sum of squares is nothing but rounding.
  private static final double ROUNDING = 1e-15;

  @Override
  public String name() {
    return "multislerp";
  }

  @Override
  public Signature signature() {
    return Signature.atLeast(2)
        .base(Signature.Base.OPTIONAL)
        .parameters(Weighted.WEIGHT, NORMALIZE, EPS);
  }

  @Override
  public About about() {
    return About.of("Averages directions of several models, keeping their mean length")
        .formula("y = m · Σ w_i |x_i|, m the normalised Σ w_i x_i/|x_i|")
        .source("Buss & Fillmore 2001, Spherical averages, doi:10.1145/502122.502124")
        .example(
            """
            models:
              - model: org/a
                parameters: {weight: 0.5}
              - model: org/b
                parameters: {weight: 0.3}
              - model: org/c
                parameters: {weight: 0.2}
            merge_method: multislerp
            base_model: org/base
            dtype: bfloat16
            """);
  }

  @Override
  public void check(Values values) {
    if (values.flag(NORMALIZE) && Weighted.cancel(values.numbers(Weighted.WEIGHT))) {
      throw new IllegalArgumentException(
          "the weights sum to 0, expected another sum; set normalize_weights: false");
    }
  }

  @Override
  public Blend prepare(Operands x) {
    double[][] products = x.hasBase() ? TaskVectors.products(x) : x.products();
    double[] c = coefficients(x, products);
    return x.hasBase() ? TaskVectors.sum(c) : Blend.weightedSum(c);
  }

  private static double[] coefficients(Operands x, double[][] products) {
    int n = x.count();
    double[] weights = x.numbers(Weighted.WEIGHT);
    double sum = x.flag(NORMALIZE) ? Arrays.stream(weights).sum() : 1;
    double[] c = new double[n];
    double length = 0;
    for (int i = 0; i < n; i++) {
      weights[i] /= sum;
      double norm = Math.sqrt(products[i][i]);
      // What is 0 has no direction; by eps alone its coefficient would drown the rest in rounding.
      c[i] = norm == 0 ? 0 : weights[i] / (norm + x.number(EPS));
      length += weights[i] * norm;
    }
    double square = 0;
    double terms = 0;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        square += c[i] * c[j] * products[i][j];
        terms += Math.abs(c[i] * c[j] * products[i][j]);
      }
    }
    if (terms == 0) {
      return new double[n];
    }
    if (square <= Math.max(ROUNDING * terms, x.number(EPS) * x.number(EPS))) {
      return cancelled(x, weights);
    }
    // The exponential map of a tangent that is zero but for eps.
    double factor = StrictMath.cos(x.number(EPS)) * length / Math.sqrt(square);
    return Arrays.stream(c).map(value -> value * factor).toArray();
  }

  private static double[] cancelled(Operands x, double[] weights) {
    if (x.count() == 2) {
      return weights;
    }
    throw new MergeException(
        "Cannot merge tensor %s by multislerp: the weighted directions of %d models cancel out; change the weights, or merge it linearly"
            .formatted(x.weight().name(), x.count()));
  }

  /// Complete; the last weight may be refined, and more models may follow.
  public record WithWeight(Draft draft)
      implements Chain,
          Refinable<WithWeight>,
          AddsModel<Weighted.NeedsWeight<WithWeight>>,
          NamesBase<Options> {

    @Override
    public Weighted.NeedsWeight<WithWeight> model(ModelReference model) {
      return new Weighted.NeedsWeight<>(draft.model(model), WithWeight::new);
    }

    @Override
    public WithWeight filter(WeightFilter filter, Gradient value) {
      return new WithWeight(draft.filter(filter, value));
    }

    /// Averages differences from the base, and adds the average to it.
    @Override
    public Options base(ModelReference model) {
      return new Options(draft.base(model));
    }

    /// Sets whether weights are divided by their sum; they are unless told otherwise.
    public Options normalizeWeights(boolean normalize) {
      return new Options(draft).normalizeWeights(normalize);
    }

    /// Sets what is added to norms.
    public Options eps(double eps) {
      return new Options(draft).eps(eps);
    }
  }

  /// Complete; options may follow.
  public record Options(Draft draft) implements Chain {

    /// Sets whether weights are divided by their sum; they are unless told otherwise.
    public Options normalizeWeights(boolean normalize) {
      return new Options(draft.parameter(NORMALIZE.name(), Gradient.of(normalize)));
    }

    /// Sets what is added to norms.
    public Options eps(double eps) {
      return new Options(draft.parameter(EPS.name(), Gradient.of(eps)));
    }
  }
}
