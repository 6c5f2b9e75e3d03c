// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.About;
import io.merge4j.Blend;
import io.merge4j.Block;
import io.merge4j.Chain;
import io.merge4j.Draft;
import io.merge4j.Gradient;
import io.merge4j.MergeMethod;
import io.merge4j.Operands;
import io.merge4j.Parameter;
import io.merge4j.Signature;
import io.merge4j.Values;
import io.merge4j.kernel.Election;
import io.merge4j.kernel.Kernels;
import java.util.Arrays;

/// TIES that drops the elements which matter to too few models.
///
///     y = b + λ τ where Σ m_i >= k, b elsewhere
///     τ = Σ w_i s(d_i) a_i / D      m_i: |d_i| > mask_lambda_i |τ - d_i|
///
/// `s` keeps the `⌊density N⌋` elements of largest magnitude, `a_i` is 1 where the model agrees with the
/// elected sign, `D` is `Σ w_i a_i` with `normalize`, else 1, as in [Ties].
///
/// *Source:* Wang et al. 2024, Localizing task information (TALL-masks), arXiv:2405.07813. *Not in:*
/// mergekit. *Differs from:* the paper's code, which chooses `mask_lambda` on validation data from 0.2 to
/// 0.6, and keeps the largest fifth of the task vectors of the whole model, here of each tensor.
///
/// *Parameters:* `weight` per model, any number, 1 in the paper; `density` (1) per model in [0, 1], 0.2 in
/// the paper; `mask_lambda` (0.4) per model, at least 0; `k` (2) from 0, which keeps all elements, to the
/// number of models; `lambda` (1), any number; `normalize` (false). All may vary with depth and name.
/// *Operands:* at least 2 and a base, equal shape, any floating type. *Output:* that shape.
/// *Cost:* two passes (selection, blend); the blend alone at density 1. A percent or two of each task
/// vector is in memory during selection.
/// *Edge cases:* where no model agrees `y = b`. NaN ranks above infinity in the selection; where a model is
/// NaN no element matters to it, and with k > 0 `y = b`.
public record ConsensusTies() implements MergeMethod {

  /// By model, what is kept of a block: new arrays for each would pass through the cache.
  private static final ThreadLocal<float[][]> KEPT = ThreadLocal.withInitial(() -> new float[0][]);

  static final Parameter NORMALIZE = SparseTaskVectors.normalize(false);

  @Override
  public String name() {
    return "consensus_ties";
  }

  @Override
  public Signature signature() {
    return Signature.atLeast(2)
        .base(Signature.Base.REQUIRED)
        .parameters(
            Weighted.WEIGHT,
            SparseTaskVectors.DENSITY,
            TallMasks.MASK_LAMBDA,
            TallMasks.K,
            TaskVectors.LAMBDA,
            NORMALIZE);
  }

  @Override
  public About about() {
    return About.of("TIES but for the elements that matter to fewer than k models")
        .formula("y = b + λ τ where Σ [|d_i| > λ_i |τ - d_i|] >= k, b elsewhere, τ that of ties")
        .source("Wang et al. 2024, Localizing task information, arXiv:2405.07813")
        .example(
            """
            models:
              - model: org/math
                parameters: {weight: 1, density: 0.2}
              - model: org/code
                parameters: {weight: 1, density: 0.2}
            merge_method: consensus_ties
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
    double[] ones = new double[x.count()];
    Arrays.fill(ones, 1);
    boolean normalize = x.flag(NORMALIZE);
    Cut[] cuts = Selection.ofTaskVectors(x, SparseTaskVectors.kept(x));
    TallMasks masks = TallMasks.of(x);
    if (masks.k() <= 0) {
      Mask mask = (model, d, first, size) -> cuts[model].keep(d, first, size);
      return SparseTaskVectors.blend(x, mask, ones, Consensus.WEIGHTED, normalize);
    }
    Election election = Consensus.WEIGHTED.election(x.numbers(Weighted.WEIGHT), ones, normalize, 1);
    return block -> blend(block, cuts, election, masks);
  }

  private static void blend(Block block, Cut[] cuts, Election election, TallMasks masks) {
    float[][] kept = kept(cuts.length);
    for (int i = 0; i < cuts.length; i++) {
      TaskVectors.measure(block, i, block.operand(i));
      System.arraycopy(block.operand(i), 0, kept[i], 0, block.size());
      cuts[i].keep(kept[i], block.first(), block.size());
    }
    float[] merged = block.out();
    Arrays.fill(merged, 0, block.size(), 0);
    Kernels.best().elect(election, kept, merged, merged, 0, block.size());
    masks.apply(block);
  }

  /// Room for a block of every model.
  private static float[][] kept(int models) {
    if (KEPT.get().length < models) {
      KEPT.set(new float[models][Block.SIZE]);
    }
    return KEPT.get();
  }

  /// Complete with two models; the parameter set last may be refined, and more models may follow.
  public record WithWeight(Draft draft) implements TallMaskStep<WithWeight> {

    @Override
    public WithWeight with(Draft newDraft) {
      return new WithWeight(newDraft);
    }

    /// Sets the share of the model's task vector that stays, from 0 to 1: a number, or numbers from
    /// the first layer to the last; 1 unless set.
    public WithWeight density(double... anchors) {
      return with(draft.modelParameter(SparseTaskVectors.DENSITY.name(), Gradient.of(anchors)));
    }

    /// Sets whether the sum is divided by that of the weights of the models that take part; it is
    /// not unless told so.
    public Normalized normalize(boolean normalize) {
      return new Normalized(draft.parameter(NORMALIZE.name(), Gradient.of(normalize)));
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
