// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.About;
import io.merge4j.Blend;
import io.merge4j.Chain;
import io.merge4j.Draft;
import io.merge4j.Gradient;
import io.merge4j.MergeMethod;
import io.merge4j.Operands;
import io.merge4j.Parameter;
import io.merge4j.Refinable;
import io.merge4j.Signature;
import io.merge4j.WeightFilter;

/// Spherical linear interpolation of two models.
///
///     y = sin((1-t)θ)/sin θ · a + sin(tθ)/sin θ · b      θ = angle between a and b, flattened
///
/// *Source:* Shoemake 1985, doi:10.1145/325165.325242. *Same as:* mergekit `slerp`.
/// *Differs from:* sd-mecha `slerp`, which interpolates the norms as well.
///
/// *Parameters:* `t` in [0, 1], 0 gives `a`, the base; may vary with depth and name.
/// *Operands:* exactly 2, equal shape, any floating type; the base is one of them. *Output:* that shape.
/// *Cost:* two passes over both operands (products, blend); no allocation per element.
/// *Edge cases:* |cos θ| > 0.9995 gives linear interpolation, also for antiparallel tensors; a tensor of
/// norm up to 1e-8 counts as perpendicular to every other, as in mergekit. NaN or infinity in an operand
/// makes θ and with it the whole tensor NaN, except at t = 0 and t = 1.
public record Slerp() implements MergeMethod {

  static final Parameter T =
      Parameter.number("t").between(0, 1).about("position between the base (0) and the other (1)");

  /// Beyond this |cos θ| the weights of slerp would divide by almost nothing.
  private static final double COLLINEAR = 0.9995;

  /// Norms up to this are not divided by.
  private static final double LEAST_NORM = 1e-8;

  @Override
  public String name() {
    return "slerp";
  }

  @Override
  public Signature signature() {
    return Signature.of(2).base(Signature.Base.FIRST).parameters(T);
  }

  @Override
  public About about() {
    return About.of("Interpolates between two models along the sphere, keeping their length")
        .formula("y = sin((1-t)θ)/sin θ · a + sin(tθ)/sin θ · b, θ the angle between a and b")
        .source(
            "Shoemake 1985, Animating rotation with quaternion curves, doi:10.1145/325165.325242")
        .example(
            """
            models:
              - model: org/a
              - model: org/b
            merge_method: slerp
            base_model: org/a
            parameters:
              t:
                - filter: self_attn
                  value: [0, 0.5, 0.3, 0.7, 1]
                - value: 0.5
            dtype: bfloat16
            """);
  }

  @Override
  public Blend prepare(Operands x) {
    double t = x.number(T);
    if (t == 0 || t == 1) {
      return Blend.copy((int) t);
    }
    double[][] products = x.products();
    double cosine = products[0][1] / (norm(products[0][0]) * norm(products[1][1]));
    if (Math.abs(cosine) > COLLINEAR) {
      return Blend.weightedSum(1 - t, t);
    }
    double theta = StrictMath.acos(cosine);
    double sine = StrictMath.sin(theta);
    return Blend.weightedSum(
        StrictMath.sin((1 - t) * theta) / sine, StrictMath.sin(t * theta) / sine);
  }

  /// The norm to divide by.
  private static double norm(double square) {
    double norm = Math.sqrt(square);
    return norm > LEAST_NORM ? norm : 1;
  }

  /// `t` is missing.
  public record NeedsT(Draft draft) {

    /// Sets the position between `a` (0) and `b` (1): a number, or numbers from the first layer to
    /// the last.
    public WithT t(double... anchors) {
      return t(Gradient.of(anchors));
    }

    /// Sets the position between `a` (0) and `b` (1), by depth.
    public WithT t(Gradient value) {
      return new WithT(draft.parameter(T.name(), value));
    }
  }

  /// Complete; `t` may be refined.
  public record WithT(Draft draft) implements Chain, Refinable<WithT> {

    @Override
    public WithT filter(WeightFilter filter, Gradient value) {
      return new WithT(draft.filter(filter, value));
    }
  }
}
