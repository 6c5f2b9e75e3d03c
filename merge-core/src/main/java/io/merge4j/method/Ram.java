// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.About;
import io.merge4j.AddsModel;
import io.merge4j.Blend;
import io.merge4j.Chain;
import io.merge4j.Draft;
import io.merge4j.MergeMethod;
import io.merge4j.Operands;
import io.merge4j.Parameter;
import io.merge4j.Signature;
import io.merge4j.model.ModelReference;
import java.util.Arrays;

/// Adds what one model alone changed whole, and the mean of what several changed.
///
///     y = b + Σ_changed d_i / max(1, #changed)      changed: |d_i| > epsilon
///
/// *Source:* Reinforced Agent Merging, 2026, arXiv:2601.13572. *Same as:* mergekit `ram`.
///
/// *Parameters:* `epsilon` (1e-5), at least 0; may vary with depth and name.
/// *Operands:* at least 1 and a base, equal shape, any floating type. *Output:* that shape.
/// *Cost:* one pass; no allocation per element.
/// *Edge cases:* a NaN counts as a change and stays at its element.
public record Ram() implements MergeMethod {

  static final Parameter EPSILON =
      Parameter.number("epsilon")
          .orElse(1e-5)
          .between(0, Double.POSITIVE_INFINITY)
          .about("changes up to this do not count");

  @Override
  public String name() {
    return "ram";
  }

  @Override
  public Signature signature() {
    return Signature.atLeast(1).base(Signature.Base.REQUIRED).parameters(EPSILON);
  }

  @Override
  public About about() {
    return About.of(
            "Adds changes of one model alone whole, and means of shared ones; for sparse changes")
        .formula("y = b + Σ_changed d_i / #changed")
        .source("Reinforced Agent Merging, 2026, arXiv:2601.13572")
        .example(
            """
            models:
              - model: org/math
              - model: org/code
            merge_method: ram
            base_model: org/base
            dtype: bfloat16
            """);
  }

  @Override
  public Blend prepare(Operands x) {
    double[] ones = new double[x.count()];
    Arrays.fill(ones, 1);
    return new Changes(x.number(EPSILON), ones);
  }

  /// Complete; more models may follow.
  public record Models(Draft draft) implements Chain, AddsModel<Models> {

    @Override
    public Models model(ModelReference model) {
      return new Models(draft.model(model));
    }

    /// Sets up to what size changes do not count: a number, or numbers from the first layer to the
    /// last.
    public WithNumber epsilon(double... anchors) {
      return WithNumber.of(draft, EPSILON, anchors);
    }
  }
}
