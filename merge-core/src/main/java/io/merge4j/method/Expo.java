// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.About;
import io.merge4j.Blend;
import io.merge4j.Draft;
import io.merge4j.MergeMethod;
import io.merge4j.Operands;
import io.merge4j.Parameter;
import io.merge4j.Signature;

/// Extrapolates an aligned model beyond the model it was aligned from.
///
///     y = x + α (x - b)
///
/// *Source:* Zheng et al. 2024, ExPO, arXiv:2404.16792. *Not in:* mergekit; the same as its
/// `task_arithmetic` with a weight of 1 + α.
///
/// *Parameters:* `alpha`, any number, 0 gives `x`; the paper's best lie between 0.1 and 0.5. May vary
/// with depth and name.
/// *Operands:* exactly 1, and a base: the supervised model before alignment; equal shape, any floating
/// type. *Output:* that shape. *Cost:* one pass; no allocation per element.
/// *Edge cases:* NaN and infinity stay at their element.
public record Expo() implements MergeMethod {

  static final Parameter ALPHA =
      Parameter.number("alpha").about("how far beyond the model, in distances from the base");

  @Override
  public String name() {
    return "expo";
  }

  @Override
  public Signature signature() {
    return Signature.of(1).base(Signature.Base.REQUIRED).parameters(ALPHA);
  }

  @Override
  public About about() {
    return About.of("Extrapolates an aligned model beyond its base; tune alpha on held-out prompts")
        .formula("y = x + α (x - b)")
        .source("Zheng et al. 2024, Weak-to-strong extrapolation (ExPO), arXiv:2404.16792")
        .example(
            """
            models:
              - model: org/aligned
            merge_method: expo
            base_model: org/supervised
            parameters: {alpha: 0.3}
            dtype: bfloat16
            """);
  }

  @Override
  public Blend prepare(Operands x) {
    return TaskVectors.sum(1 + x.number(ALPHA));
  }

  /// `alpha` is missing.
  public record NeedsAlpha(Draft draft) {

    /// Sets how far beyond the model: a number, or numbers from the first layer to the last.
    public WithNumber alpha(double... anchors) {
      return WithNumber.of(draft, ALPHA, anchors);
    }
  }
}
