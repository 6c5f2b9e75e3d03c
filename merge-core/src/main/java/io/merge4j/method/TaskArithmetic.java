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
import java.util.Arrays;

/// Adds task vectors, the differences of fine-tuned models from their base, to the base.
///
///     y = b + λ Σ w_i (x_i - b)      divided by Σ w_i if normalize
///
/// *Source:* Ilharco et al. 2023, arXiv:2212.04089. *Same as:* mergekit `task_arithmetic`.
///
/// *Parameters:* `weight` per model, any number, a negative one takes a task away; `lambda` (1), any
/// number; `normalize` (false), whether the sum is divided by that of the weights, unless that is within
/// 1e-8 of 0. All may vary with depth and name. `int8_mask` is accepted, without effect.
/// *Operands:* at least 1 and a base, equal shape, any floating type. *Output:* that shape.
/// *Cost:* one pass; no allocation per element.
/// *Edge cases:* a weight of 0 leaves the model out, NaNs included; if all are 0 the base is copied.
public record TaskArithmetic() implements MergeMethod {

  static final Parameter NORMALIZE =
      Parameter.flag("normalize", false).about("divide by the sum of the weights");

  /// Sums of weights this close to 0 are not divided by.
  private static final double LEAST_SUM = 1e-8;

  @Override
  public String name() {
    return "task_arithmetic";
  }

  @Override
  public Signature signature() {
    return Signature.atLeast(1)
        .base(Signature.Base.REQUIRED)
        .parameters(Weighted.WEIGHT, TaskVectors.LAMBDA, NORMALIZE, SparseTaskVectors.INT8_MASK);
  }

  @Override
  public About about() {
    return About.of("Adds task vectors to a base; of its family the one that gains most reliably")
        .formula("y = b + λ Σ w_i (x_i - b), divided by Σ w_i if normalize")
        .source("Ilharco et al. 2023, Editing models with task arithmetic, arXiv:2212.04089")
        .example(
            """
            models:
              - model: org/math
                parameters: {weight: 0.5}
              - model: org/code
                parameters: {weight: 0.5}
            merge_method: task_arithmetic
            base_model: org/base
            parameters: {lambda: 1}
            dtype: bfloat16
            """);
  }

  @Override
  public Blend prepare(Operands x) {
    return TaskVectors.sum(shares(x));
  }

  /// Factors of the task vectors.
  private static double[] shares(Operands x) {
    double[] weights = x.numbers(Weighted.WEIGHT);
    double sum = x.flag(NORMALIZE) ? Arrays.stream(weights).sum() : 1;
    double factor = x.number(TaskVectors.LAMBDA) / (Math.abs(sum) < LEAST_SUM ? 1 : sum);
    return Arrays.stream(weights).map(weight -> factor * weight).toArray();
  }

  /// Complete; the last weight may be refined, and more models may follow.
  public record WithWeight(Draft draft)
      implements Chain, Refinable<WithWeight>, AddsModel<Weighted.NeedsWeight<WithWeight>> {

    @Override
    public Weighted.NeedsWeight<WithWeight> model(ModelReference model) {
      return new Weighted.NeedsWeight<>(draft.model(model), WithWeight::new);
    }

    @Override
    public WithWeight filter(WeightFilter filter, Gradient value) {
      return new WithWeight(draft.filter(filter, value));
    }

    /// Sets whether the sum is divided by that of the weights; it is not unless told so.
    public Normalized normalize(boolean normalize) {
      return new Normalized(draft.parameter(NORMALIZE.name(), Gradient.of(normalize)));
    }

    /// Sets the factor of the merged task vector: a number, or numbers from the first layer to the
    /// last.
    public WithNumber lambda(double... anchors) {
      return WithNumber.of(draft, TaskVectors.LAMBDA, anchors);
    }
  }

  /// Complete; the merged task vector may be scaled.
  public record Normalized(Draft draft) implements Chain {

    /// Sets the factor of the merged task vector: a number, or numbers from the first layer to the
    /// last.
    public WithNumber lambda(double... anchors) {
      return WithNumber.of(draft, TaskVectors.LAMBDA, anchors);
    }
  }
}
