// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.About;
import io.merge4j.Blend;
import io.merge4j.MergeMethod;
import io.merge4j.Operands;
import io.merge4j.Parameter;
import io.merge4j.Signature;

/// Drops elements of task vectors at random, rescales the rest, and adds them to the base.
///
///     y = b + λ Σ w_i s(d_i) / D      D = Σ w_i if normalize, else 1
/// `s` keeps each element with probability `density` and scales what stays to the L1 norm of `d_i`.
///
/// *Source:* Yu et al. 2024, arXiv:2311.03099. *Same as:* mergekit `dare_linear`, but for the random
/// numbers. *Differs from:* the paper, which divides by the density rather than keep the L1 norm.
///
/// *Parameters:* `weight` per model, any number; `density` (1) per model in [0, 1]; `lambda` (1);
/// `normalize` (false); `rescale` (true), whether the rest is scaled to the L1 norm of `d_i`; `int8_mask`,
/// without effect. All may vary with depth and name.
/// *Operands:* at least 1 and a base, equal shape, any floating type. *Output:* that shape.
/// *Cost:* two passes (norms, blend); the blend alone at density 1 or without `rescale`. Random numbers are
/// a function of seed, model, tensor and element, whatever the order of the work.
/// *Edge cases:* a weight of 0 leaves the model out; if nothing stays of a task vector, or its norm is below
/// 1e-7, it is not rescaled. NaN reaches its whole tensor through the norm.
public record DareLinear() implements MergeMethod {

  static final Parameter NORMALIZE = SparseTaskVectors.normalize(false);

  static final Parameter RESCALE = SparseTaskVectors.rescale(true);

  @Override
  public String name() {
    return "dare_linear";
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
            SparseTaskVectors.INT8_MASK);
  }

  @Override
  public About about() {
    return About.of("Drops random changes of each model, rescales the rest")
        .formula("y = b + λ Σ w_i s(d_i) / D, s random with probability density")
        .source("Yu et al. 2024, Language models are super Mario, arXiv:2311.03099")
        .example(
            """
            models:
              - model: org/math
                parameters: {weight: 0.5, density: 0.5}
              - model: org/code
                parameters: {weight: 0.5, density: 0.5}
            merge_method: dare_linear
            base_model: org/base
            dtype: bfloat16
            """);
  }

  @Override
  public Blend prepare(Operands x) {
    return SparseTaskVectors.blend(
        x, SparseTaskVectors.random(x), Consensus.NONE, NORMALIZE, RESCALE);
  }
}
