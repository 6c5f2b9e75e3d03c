// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.About;
import io.merge4j.Blend;
import io.merge4j.MergeMethod;
import io.merge4j.Operands;
import io.merge4j.Parameter;
import io.merge4j.Signature;

/// Drops the largest and the smallest elements of task vectors and adds the rest.
///
///     y = b + λ Σ w_i s(d_i) / D      D = Σ w_i if normalize, else 1
///
/// `s` removes the `⌊gamma N⌋` elements of largest magnitude, then the smallest so that `⌊density N⌋`
/// remain; if so many would not remain, fewer large ones are removed.
///
/// *Source:* Davari & Belilovsky 2024, arXiv:2312.06795. *Same as:* mergekit `breadcrumbs`. *Differs
/// from:* mergekit where `⌊gamma N⌋` is 0: it drops the whole task vector, here no outlier is removed.
///
/// *Parameters:* `weight` per model, any number; `density` (1) per model in [0, 1];
/// `gamma` (0.01) per model in [0, 1], the share of outliers; `lambda` (1);
/// `normalize` (false); `rescale` (false), whether the rest is scaled to the L1 norm of `d_i`; `int8_mask`,
/// without effect. All may vary with depth and name.
/// *Operands:* at least 1 and a base, equal shape, any floating type. *Output:* that shape.
/// *Cost:* two passes (both selections at once, blend), a third with `rescale`.
/// *Edge cases:* of equal magnitudes the lowest index counts as the largest; NaN ranks above infinity and is
/// removed first. A weight of 0 leaves the model out.
public record Breadcrumbs() implements MergeMethod {

  static final Parameter NORMALIZE = SparseTaskVectors.normalize(false);

  static final Parameter RESCALE = SparseTaskVectors.rescale(false);

  @Override
  public String name() {
    return "breadcrumbs";
  }

  @Override
  public Signature signature() {
    return Signature.atLeast(1)
        .base(Signature.Base.REQUIRED)
        .parameters(
            Weighted.WEIGHT,
            SparseTaskVectors.DENSITY,
            Outliers.GAMMA,
            TaskVectors.LAMBDA,
            NORMALIZE,
            RESCALE,
            SparseTaskVectors.INT8_MASK);
  }

  @Override
  public About about() {
    return About.of("Drops the largest and smallest changes of each model and adds the rest")
        .formula("y = b + λ Σ w_i s(d_i) / D, s without the largest and smallest elements")
        .source("Davari & Belilovsky 2024, Model Breadcrumbs, arXiv:2312.06795")
        .example(
            """
            models:
              - model: org/math
                parameters: {weight: 0.5, density: 0.9, gamma: 0.01}
              - model: org/code
                parameters: {weight: 0.5, density: 0.9, gamma: 0.01}
            merge_method: breadcrumbs
            base_model: org/base
            dtype: bfloat16
            """);
  }

  @Override
  public Blend prepare(Operands x) {
    return SparseTaskVectors.blend(x, Outliers.mask(x), Consensus.NONE, NORMALIZE, RESCALE);
  }
}
