// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.About;
import io.merge4j.Blend;
import io.merge4j.MergeMethod;
import io.merge4j.Operands;
import io.merge4j.Signature;

/// Elects a sign for each element and adds the largest change of that sign: the unified vector of
/// EMR-Merging.
///
///     y = b + λ γ max_i (γ d_i, 0)      γ = sign(Σ d_i)
///
/// EMR-Merging goes on to give each task a mask and a factor, with which the unified vector is turned
/// into an approximation of that task's model at inference. Those are not written here: what comes out
/// is one model for all tasks.
///
/// *Source:* Huang et al. 2024, EMR-Merging, arXiv:2405.17461. *Not in:* mergekit. *Differs from:* the
/// authors' code, where a sum of 0 counts as negative; here, as in the paper, `y = b` there.
///
/// *Parameters:* `lambda` (1), any number; may vary with depth and name.
/// *Operands:* at least 1 and a base, equal shape, any floating type. *Output:* that shape.
/// *Cost:* one pass; no allocation per element.
/// *Edge cases:* a NaN stays at its element.
public record Emr() implements MergeMethod {

  @Override
  public String name() {
    return "emr";
  }

  @Override
  public Signature signature() {
    return Signature.atLeast(1).base(Signature.Base.REQUIRED).parameters(TaskVectors.LAMBDA);
  }

  @Override
  public About about() {
    return About.of("Adds the largest change of the elected sign; without the masks of its paper")
        .formula("y = b + λ γ max_i (γ d_i, 0), γ = sign(Σ d_i)")
        .source("Huang et al. 2024, EMR-Merging, arXiv:2405.17461")
        .example(
            """
            models:
              - model: org/math
              - model: org/code
            merge_method: emr
            base_model: org/base
            dtype: bfloat16
            """);
  }

  @Override
  public Blend prepare(Operands x) {
    double lambda = x.number(TaskVectors.LAMBDA);
    return block -> UnifiedVector.add(block, lambda);
  }
}
