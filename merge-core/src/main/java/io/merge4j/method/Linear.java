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
import io.merge4j.Values;
import io.merge4j.WeightFilter;
import io.merge4j.model.ModelReference;
import java.util.Arrays;

/// Weighted average of models, also known as a model soup.
///
///     y = Σ w_i x_i / Σ w_i
///
/// *Source:* Wortsman et al. 2022, arXiv:2203.05482. *Same as:* mergekit `linear`.
///
/// *Parameters:* `weight` per model, any number, may vary with depth and name; `normalize` (true), whether
/// the sum is divided by that of the weights.
/// *Operands:* at least 1, equal shape, any floating type; a base is a model like the others.
/// *Output:* that shape. *Cost:* one pass; no allocation per element.
/// *Edge cases:* a weight of 0 leaves the model out, NaNs included. *Errors:* weights that sum to 0 while
/// `normalize` is true, found while planning.
public record Linear() implements MergeMethod {

  static final Parameter NORMALIZE =
      Parameter.flag("normalize", true).about("divide by the sum of the weights");

  @Override
  public String name() {
    return "linear";
  }

  @Override
  public Signature signature() {
    return Signature.atLeast(1).parameters(Weighted.WEIGHT, NORMALIZE);
  }

  @Override
  public About about() {
    return About.of("Averages models by weight")
        .formula("y = Σ w_i x_i / Σ w_i")
        .source("Wortsman et al. 2022, Model soups, arXiv:2203.05482")
        .example(
            """
            models:
              - model: org/a
                parameters: {weight: 0.7}
              - model: org/b
                parameters: {weight: 0.3}
            merge_method: linear
            dtype: bfloat16
            """);
  }

  @Override
  public void check(Values values) {
    if (values.flag(NORMALIZE) && Weighted.cancel(values.numbers(Weighted.WEIGHT))) {
      throw new IllegalArgumentException(
          "the weights sum to 0, expected another sum; set normalize: false to add without dividing");
    }
  }

  @Override
  public Blend prepare(Operands x) {
    double[] weights = x.numbers(Weighted.WEIGHT);
    double sum = x.flag(NORMALIZE) ? Arrays.stream(weights).sum() : 1;
    return Blend.weightedSum(Arrays.stream(weights).map(weight -> weight / sum).toArray());
  }

  /// Complete; the last weight may be refined, and more models may follow.
  public record WithWeight(Draft draft)
      implements Chain, Refinable<WithWeight>, AddsModel<Weighted.NeedsWeight<WithWeight>> {

    @Override
    public Weighted.NeedsWeight<WithWeight> model(ModelReference model) {
      return new Weighted.NeedsWeight<>(draft.model(model), WithWeight::new);
    }

    /// Sets whether the sum is divided by that of the weights; it is unless told otherwise.
    public Normalized normalize(boolean normalize) {
      return new Normalized(draft.parameter(NORMALIZE.name(), Gradient.of(normalize)));
    }

    @Override
    public WithWeight filter(WeightFilter filter, Gradient value) {
      return new WithWeight(draft.filter(filter, value));
    }
  }

  /// Complete.
  public record Normalized(Draft draft) implements Chain {}
}
