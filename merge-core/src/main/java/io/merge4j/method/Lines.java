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
import io.merge4j.Weight;
import io.merge4j.WeightFilter;
import io.merge4j.model.ModelReference;
import java.util.Arrays;

/// Task arithmetic that changes early layers, which hold general features, less than late ones.
///
///     y = b + (α + β · l / (L - 1)) · Σ w_i (x_i - b)      layer l of L, counted from 0
///
/// With any other method on task vectors the same scaling is a gradient of its `lambda`, from α to
/// α + β: the one that tensors outside the layers take is α there as well.
///
/// *Source:* Wang et al. 2024, LiNeS, arXiv:2410.17146. *Not in:* mergekit.
/// *Differs from:* the paper's code, whose default α is `|Σ τ_i| / |τ_merged| / n` over the whole model;
/// for a sum with weights of 1 that is 1/n, the default here.
///
/// *Parameters:* `weight` per model, any number, 1 in the paper; `beta`, any number; `alpha` (1/n of n
/// models), any number. For a single fine-tuned model the paper takes α + β = 1.
/// *Operands:* at least 1 and a base, equal shape, any floating type. *Output:* that shape.
/// *Cost:* one pass; no allocation per element.
/// *Edge cases:* tensors outside the layers and the layer of a stack of one are scaled by α; a weight of
/// 0 leaves a model out, NaNs included.
public record Lines() implements MergeMethod {

  static final Parameter BETA =
      Parameter.number("beta").about("what the last layer's factor is above the first's");

  static final Parameter ALPHA =
      Parameter.number("alpha")
          .orNone()
          .about("factor of the first layer; 1/n of n models if unset");

  @Override
  public String name() {
    return "lines";
  }

  @Override
  public Signature signature() {
    return Signature.atLeast(1)
        .base(Signature.Base.REQUIRED)
        .parameters(Weighted.WEIGHT, BETA, ALPHA);
  }

  @Override
  public About about() {
    return About.of("Adds task vectors, early layers less than late ones, to keep general skills")
        .formula("y = b + (α + β l/(L-1)) Σ w_i (x_i - b), layer l of L")
        .source("Wang et al. 2024, LiNeS, arXiv:2410.17146")
        .example(
            """
            models:
              - model: org/math
                parameters: {weight: 1}
              - model: org/code
                parameters: {weight: 1}
            merge_method: lines
            base_model: org/base
            parameters: {beta: 0.4}
            dtype: bfloat16
            """);
  }

  @Override
  public Blend prepare(Operands x) {
    double alpha = x.has(ALPHA) ? x.number(ALPHA) : 1.0 / x.count();
    double factor = alpha + x.number(BETA) * position(x.weight());
    return TaskVectors.sum(
        Arrays.stream(x.numbers(Weighted.WEIGHT)).map(weight -> factor * weight).toArray());
  }

  private static double position(Weight weight) {
    return weight.layers() < 2 ? 0 : weight.layer().orElse(0) / (weight.layers() - 1.0);
  }

  /// `beta` is missing; the last weight may be refined, and more models may follow.
  public record WithWeight(Draft draft)
      implements Refinable<WithWeight>, AddsModel<Weighted.NeedsWeight<WithWeight>> {

    @Override
    public Weighted.NeedsWeight<WithWeight> model(ModelReference model) {
      return new Weighted.NeedsWeight<>(draft.model(model), WithWeight::new);
    }

    @Override
    public WithWeight filter(WeightFilter filter, Gradient value) {
      return new WithWeight(draft.filter(filter, value));
    }

    /// Sets what the last layer's factor is above the first's.
    public WithBeta beta(double beta) {
      return new WithBeta(draft.parameter(BETA.name(), Gradient.of(beta)));
    }
  }

  /// Complete; `beta` may be refined, and `alpha` set.
  public record WithBeta(Draft draft) implements Chain, Refinable<WithBeta> {

    @Override
    public WithBeta filter(WeightFilter filter, Gradient value) {
      return new WithBeta(draft.filter(filter, value));
    }

    /// Sets the factor of the first layer.
    public WithNumber alpha(double alpha) {
      return WithNumber.of(draft, ALPHA, alpha);
    }
  }
}
