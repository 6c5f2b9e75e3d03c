// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.About;
import io.merge4j.Blend;
import io.merge4j.Draft;
import io.merge4j.Gradient;
import io.merge4j.MergeMethod;
import io.merge4j.Operands;
import io.merge4j.Parameter;
import io.merge4j.Signature;
import io.merge4j.Values;

/// Trims task vectors to their largest elements, elects a sign per element, and adds what agrees with it.
///
///     y = b + λ Σ w_i s(d_i) m_i / D      D = Σ w_i m_i if normalize, else 1
///
/// `s` keeps the `⌊density N⌋` elements of largest magnitude, of equal ones those of lowest index; `m_i` is
/// 1 where the model agrees with the elected sign, which is + where the votes sum to 0. Zeros agree with
/// neither.
///
/// *Source:* Yadav et al. 2023, arXiv:2306.01708. *Same as:* mergekit `ties`; the paper is
/// `election: unweighted`. *Differs from:* mergekit, which fails if a density keeps no element: the task
/// vector is dropped here; PEFT divides by the number of models that agree, here by their weights.
///
/// *Parameters:* `weight` per model, any number; `density` (1) per model in [0, 1]; `lambda` (1);
/// `normalize` (true); `rescale` (false), whether the rest is scaled to the L1 norm of `d_i`; `int8_mask`,
/// without effect. All may vary with depth and name. `election` is `weighted` (votes are `w_i s(d_i)`), `unweighted` (votes are
/// `s(d_i)`, weights only add) or `count` (votes are the signs of `s(d_i)`).
/// *Operands:* at least 1 and a base, equal shape, any floating type. *Output:* that shape.
/// *Cost:* two passes (selection, blend), a third with `rescale`; the blend alone at density 1. A percent
/// or two of each task vector is in memory during selection.
/// *Edge cases:* where no model agrees `y = b`. With `weighted` a weight of 0 leaves the model out, NaNs
/// included. NaN ranks above infinity in the selection; with `rescale` it reaches its whole tensor.
public record Ties() implements MergeMethod {

  static final Parameter NORMALIZE = SparseTaskVectors.normalize(true);

  static final Parameter RESCALE = SparseTaskVectors.rescale(false);

  static final Parameter ELECTION =
      Parameter.text("election", "weighted")
          .about("what votes for a sign: weighted, unweighted (the paper's) or count");

  @Override
  public String name() {
    return "ties";
  }

  @Override
  public Signature signature() {
    return Signature.atLeast(1)
        .base(Signature.Base.REQUIRED)
        .parameters(
            Weighted.WEIGHT,
            SparseTaskVectors.DENSITY,
            TaskVectors.LAMBDA,
            NORMALIZE,
            RESCALE,
            SparseTaskVectors.INT8_MASK,
            ELECTION);
  }

  @Override
  public About about() {
    return About.of(
            "Adds the largest changes of each model where their signs agree; sparse changes interfere less")
        .formula(
            "y = b + λ Σ w_i s(d_i) m_i / D, s the largest elements, m_i agreement with the elected sign")
        .source("Yadav et al. 2023, TIES-Merging, arXiv:2306.01708")
        .example(
            """
            models:
              - model: org/math
                parameters: {weight: 0.5, density: 0.5}
              - model: org/code
                parameters: {weight: 0.5, density: 0.5}
            merge_method: ties
            base_model: org/base
            dtype: bfloat16
            """);
  }

  @Override
  public void check(Values values) {
    consensus(values);
  }

  @Override
  public Blend prepare(Operands x) {
    Cut[] cuts = Selection.ofTaskVectors(x, SparseTaskVectors.kept(x));
    Mask mask = (model, d, first, size) -> cuts[model].keep(d, first, size);
    return SparseTaskVectors.blend(x, mask, consensus(x), NORMALIZE, RESCALE);
  }

  private static Consensus consensus(Values values) {
    String election = values.text(ELECTION);
    return switch (election) {
      case "weighted" -> Consensus.WEIGHTED;
      case "unweighted" -> Consensus.UNWEIGHTED;
      case "count" -> Consensus.COUNT;
      default ->
          throw new IllegalArgumentException(
              "election is \"%s\", expected weighted, unweighted or count".formatted(election));
    };
  }

  /// Complete; the parameter set last may be refined, and more models may follow.
  public record WithWeight(Draft draft) implements SparseStep<WithWeight> {

    @Override
    public WithWeight with(Draft newDraft) {
      return new WithWeight(newDraft);
    }

    /// Sets what votes for the sign of an element: `weighted`, `unweighted` (the paper's) or
    /// `count`.
    public Switched election(String election) {
      return new Switched(draft.parameter(ELECTION.name(), Gradient.of(election)));
    }
  }
}
