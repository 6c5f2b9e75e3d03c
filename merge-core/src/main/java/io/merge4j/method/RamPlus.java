// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.About;
import io.merge4j.AddsModel;
import io.merge4j.Blend;
import io.merge4j.Chain;
import io.merge4j.Draft;
import io.merge4j.Gradient;
import io.merge4j.MergeMethod;
import io.merge4j.Operands;
import io.merge4j.Parameter;
import io.merge4j.Refinable;
import io.merge4j.Signature;
import io.merge4j.WeightFilter;
import io.merge4j.model.ModelReference;

/// Adds what one model alone changed, the more amplified the more of its changes are shared, and the mean of
/// what several changed.
///
///     y = b + f_i d_i                     where model i alone changed:  |d_i| > epsilon
///     y = b + Σ_changed d_i / #changed    where several did
///     f_i = 1 + r clamp(shared_i / max(unique_i, epsilon), 0, alpha)
///
/// `shared_i` and `unique_i` count the tensor's elements that model i changed with others and alone.
///
/// *Source:* Reinforced Agent Merging, 2026, arXiv:2601.13572. *Same as:* mergekit `ramplus_tl`.
///
/// *Parameters:* `r` (0.1) and `alpha` (0.2), any number from 0; `epsilon` (1e-5), at least 0. All may vary
/// with depth and name.
/// *Operands:* at least 1 and a base, equal shape, any floating type. *Output:* that shape.
/// *Cost:* two passes (counts, blend). *Edge cases:* a NaN counts as a change.
public record RamPlus() implements MergeMethod {

  static final Parameter R =
      Parameter.number("r")
          .orElse(0.1)
          .between(0, Double.POSITIVE_INFINITY)
          .about("how much the ratio of shared to lone changes amplifies lone ones");

  static final Parameter ALPHA =
      Parameter.number("alpha")
          .orElse(0.2)
          .between(0, Double.POSITIVE_INFINITY)
          .about("greatest ratio that counts");

  @Override
  public String name() {
    return "ramplus_tl";
  }

  @Override
  public Signature signature() {
    return Signature.atLeast(1).base(Signature.Base.REQUIRED).parameters(Ram.EPSILON, R, ALPHA);
  }

  @Override
  public About about() {
    return About.of(
            "Adds changes of one model alone amplified, and means of shared ones; for sparse changes")
        .formula("y = b + f_i d_i where one model changed, b + Σ d_i / #changed where several did")
        .source("Reinforced Agent Merging, 2026, arXiv:2601.13572")
        .example(
            """
            models:
              - model: org/math
              - model: org/code
            merge_method: ramplus_tl
            base_model: org/base
            parameters: {r: 0.1, alpha: 0.2}
            dtype: bfloat16
            """);
  }

  @Override
  public Blend prepare(Operands x) {
    int n = x.count();
    double epsilon = x.number(Ram.EPSILON);
    long[] counts = x.reduce(new Changes.Counts(epsilon, n));
    double[] factors = new double[n];
    for (int i = 0; i < n; i++) {
      // An epsilon of 0 and no lone change would divide by 0; the factor is not used then.
      double unique = Math.max((double) counts[i], Math.max(epsilon, Double.MIN_NORMAL));
      factors[i] = 1 + x.number(R) * Math.min((double) counts[n + i] / unique, x.number(ALPHA));
    }
    return new Changes(epsilon, factors);
  }

  /// Complete; more models may follow.
  public record Models(Draft draft) implements Chain, AddsModel<Models> {

    @Override
    public Models model(ModelReference model) {
      return new Models(draft.model(model));
    }

    /// Sets up to what size changes do not count: a number, or numbers from the first layer to the
    /// last.
    public Tuned epsilon(double... anchors) {
      return new Tuned(draft).epsilon(anchors);
    }

    /// Sets how much lone changes are amplified: a number, or numbers from the first layer to the
    /// last.
    public Tuned r(double... anchors) {
      return new Tuned(draft).r(anchors);
    }

    /// Sets the greatest ratio of shared to lone changes that counts: a number, or numbers from the
    /// first layer to the last.
    public Tuned alpha(double... anchors) {
      return new Tuned(draft).alpha(anchors);
    }
  }

  /// Complete; the number set last may be refined, and others set.
  public record Tuned(Draft draft) implements Chain, Refinable<Tuned> {

    /// Sets up to what size changes do not count: a number, or numbers from the first layer to the
    /// last.
    public Tuned epsilon(double... anchors) {
      return with(Ram.EPSILON, anchors);
    }

    /// Sets how much lone changes are amplified: a number, or numbers from the first layer to the
    /// last.
    public Tuned r(double... anchors) {
      return with(R, anchors);
    }

    /// Sets the greatest ratio of shared to lone changes that counts: a number, or numbers from the
    /// first layer to the last.
    public Tuned alpha(double... anchors) {
      return with(ALPHA, anchors);
    }

    private Tuned with(Parameter parameter, double... anchors) {
      return new Tuned(draft.parameter(parameter.name(), Gradient.of(anchors)));
    }

    @Override
    public Tuned filter(WeightFilter filter, Gradient value) {
      return new Tuned(draft.filter(filter, value));
    }
  }
}
