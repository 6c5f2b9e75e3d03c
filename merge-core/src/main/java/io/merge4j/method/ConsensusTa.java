// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.About;
import io.merge4j.Blend;
import io.merge4j.Block;
import io.merge4j.Draft;
import io.merge4j.MergeMethod;
import io.merge4j.Operands;
import io.merge4j.Signature;
import io.merge4j.Values;
import io.merge4j.kernel.Kernels;

/// Task arithmetic that drops the elements which matter to too few models.
///
///     y = b + λ τ where Σ m_i >= k, b elsewhere
///     τ = Σ w_i d_i      m_i: |d_i| > mask_lambda_i |τ - d_i|
///
/// *Source:* Wang et al. 2024, Localizing task information (TALL-masks), arXiv:2405.07813. *Not in:*
/// mergekit. *Differs from:* the paper's code, which chooses `mask_lambda` on validation data from 0.2 to
/// 0.6.
///
/// *Parameters:* `weight` per model, any number, 1 in the paper; `mask_lambda` (0.4) per model, at least 0;
/// `k` (2) from 0, which keeps all elements, to the number of models; `lambda` (1), any number, 0.3 or so in
/// the paper. All may vary with depth and name.
/// *Operands:* at least 2 and a base, equal shape, any floating type. *Output:* that shape.
/// *Cost:* one pass. *Edge cases:* where a model is NaN no element matters to it, and with k > 0 `y = b` if
/// its weight is not 0.
public record ConsensusTa() implements MergeMethod {

  @Override
  public String name() {
    return "consensus_ta";
  }

  @Override
  public Signature signature() {
    return Signature.atLeast(2)
        .base(Signature.Base.REQUIRED)
        .parameters(Weighted.WEIGHT, TallMasks.MASK_LAMBDA, TallMasks.K, TaskVectors.LAMBDA);
  }

  @Override
  public About about() {
    return About.of("Adds task vectors but for the elements that matter to fewer than k models")
        .formula("y = b + λ τ where Σ [|d_i| > λ_i |τ - d_i|] >= k, b elsewhere, τ = Σ w_i d_i")
        .source("Wang et al. 2024, Localizing task information, arXiv:2405.07813")
        .example(
            """
            models:
              - model: org/math
                parameters: {weight: 1}
              - model: org/code
                parameters: {weight: 1}
            merge_method: consensus_ta
            base_model: org/base
            parameters: {k: 2, lambda: 0.4}
            dtype: bfloat16
            """);
  }

  @Override
  public void check(Values values) {
    TallMasks.check(values);
  }

  @Override
  public Blend prepare(Operands x) {
    TallMasks masks = TallMasks.of(x);
    double[] weights = x.numbers(Weighted.WEIGHT);
    return block -> blend(block, masks, weights);
  }

  private static void blend(Block block, TallMasks masks, double[] weights) {
    for (int i = 0; i < weights.length; i++) {
      TaskVectors.measure(block, i, block.operand(i));
    }
    Kernels.best()
        .weightedSum(weights, block.operands(), weights.length, block.out(), 0, block.size());
    masks.apply(block);
  }

  /// Complete with two models; the parameter set last may be refined, and more models may follow.
  public record WithWeight(Draft draft) implements TallMaskStep<WithWeight> {

    @Override
    public WithWeight with(Draft newDraft) {
      return new WithWeight(newDraft);
    }
  }
}
