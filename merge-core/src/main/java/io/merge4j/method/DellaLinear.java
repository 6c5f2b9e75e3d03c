// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.About;
import io.merge4j.Blend;
import io.merge4j.MergeMethod;
import io.merge4j.Operands;
import io.merge4j.Parameter;
import io.merge4j.Signature;
import io.merge4j.Values;
import io.merge4j.tensor.Shape;

/// Drops elements of task vectors at random, small ones more often, and adds the rest.
///
///     y = b + λ Σ w_i s(d_i) / D      D = Σ w_i if normalize, else 1
///
/// Within a row (the last dimension) of n elements, the one of rank r by magnitude (0 the smallest) stays
/// with probability `density - epsilon + 2 epsilon r / (n-1)`; what stays is scaled to the L1 norm of `d_i`.
///
/// *Source:* Deep et al. 2024, arXiv:2406.11617. *Same as:* mergekit `della_linear`, but for the random
/// numbers. *Differs from:* the paper, which divides each element by its probability.
///
/// *Parameters:* `weight` per model, any number; `density` (1) per model in [0, 1];
/// `epsilon` (0.15) per model, both `density ± epsilon` in (0, 1) unless density is 0 or 1; `lambda` (1);
/// `normalize` (false); `rescale` (true), whether the rest is scaled to the L1 norm of `d_i`; `int8_mask`,
/// without effect. All may vary with depth and name.
/// *Operands:* at least 1 and a base, equal shape, any floating type. *Output:* that shape.
/// *Cost:* two passes (norms, blend). The first ranks every row and keeps a bit for each element; where these
/// would take more than 16 MB the second ranks them again. Memory for a row of every model per thread, 40
/// bytes per element.
/// *Edge cases:* of equal magnitudes the lowest index ranks as the largest; a row of one element stays with
/// probability `density`; a one-dimensional tensor is one row. NaN reaches its whole tensor through the
/// norm. *Errors:* rows of more than 2^28 elements.
public record DellaLinear() implements MergeMethod {

  static final Parameter NORMALIZE = SparseTaskVectors.normalize(false);

  static final Parameter RESCALE = SparseTaskVectors.rescale(true);

  @Override
  public String name() {
    return "della_linear";
  }

  @Override
  public Signature signature() {
    return Signature.atLeast(1)
        .base(Signature.Base.REQUIRED)
        .parameters(
            Weighted.WEIGHT,
            SparseTaskVectors.DENSITY,
            RankedRandom.EPSILON,
            TaskVectors.LAMBDA,
            NORMALIZE,
            RESCALE,
            SparseTaskVectors.INT8_MASK);
  }

  @Override
  public About about() {
    return About.of("Drops random changes of each model, small ones more often")
        .formula("y = b + λ Σ w_i s(d_i) / D, s random with a probability that grows with rank")
        .source("Deep et al. 2024, DELLA-Merging, arXiv:2406.11617")
        .example(
            """
            models:
              - model: org/math
                parameters: {weight: 0.5, density: 0.6, epsilon: 0.15}
              - model: org/code
                parameters: {weight: 0.5, density: 0.6, epsilon: 0.15}
            merge_method: della_linear
            base_model: org/base
            dtype: bfloat16
            """);
  }

  @Override
  public void check(Values values) {
    RankedRandom.check(values);
  }

  @Override
  public long workingBytes(Shape shape, int models) {
    return models * RankedRow.bytes(shape.rowLength());
  }

  @Override
  public long offHeapBytes(Shape shape, int models) {
    return models * ChosenRows.bytes(shape, models);
  }

  @Override
  public Blend prepare(Operands x) {
    return SparseTaskVectors.blend(x, RankedRandom.mask(x), Consensus.NONE, NORMALIZE, RESCALE);
  }
}
