// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.About;
import io.merge4j.Blend;
import io.merge4j.MergeMethod;
import io.merge4j.Operands;
import io.merge4j.Signature;

/// Adds, element by element, the largest change that any model made.
///
///     y = b + λ d_i      i = argmax |d_i|, of equal ones the last
///
/// *Source:* Marczak et al. 2024, MagMax, arXiv:2407.06322. *Not in:* mergekit. *Same as:* the paper's
/// code.
///
/// *Parameters:* `lambda` (1), any number; may vary with depth and name. The paper's best lie near 0.5.
/// *Operands:* at least 1 and a base, equal shape, any floating type. *Output:* that shape.
/// *Cost:* one pass; no allocation per element.
/// *Edge cases:* a NaN counts as larger than infinity and stays at its element.
public record MagMax() implements MergeMethod {

  @Override
  public String name() {
    return "magmax";
  }

  @Override
  public Signature signature() {
    return Signature.atLeast(1).base(Signature.Base.REQUIRED).parameters(TaskVectors.LAMBDA);
  }

  @Override
  public About about() {
    return About.of("Adds the largest change of each element; for models tuned one after the other")
        .formula("y = b + λ d_i, i = argmax |d_i|")
        .source("Marczak et al. 2024, MagMax, arXiv:2407.06322")
        .example(
            """
            models:
              - model: org/first-task
              - model: org/second-task
            merge_method: magmax
            base_model: org/base
            parameters: {lambda: 0.5}
            dtype: bfloat16
            """);
  }

  @Override
  public Blend prepare(Operands x) {
    double lambda = x.number(TaskVectors.LAMBDA);
    return block -> LargestChange.add(block, lambda);
  }
}
