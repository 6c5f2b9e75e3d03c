// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.About;
import io.merge4j.Blend;
import io.merge4j.Chain;
import io.merge4j.Draft;
import io.merge4j.Gradient;
import io.merge4j.MergeMethod;
import io.merge4j.NamesBase;
import io.merge4j.Operands;
import io.merge4j.Parameter;
import io.merge4j.Refinable;
import io.merge4j.Signature;
import io.merge4j.WeightFilter;
import io.merge4j.model.ModelReference;

/// Spherical interpolation of two models, or of their task vectors, by weight; whole tensors or each
/// row or column by its own angle.
///
///     y = sin((1-t)θ)/sin θ · x_1 + sin(tθ)/sin θ · x_2      t = w_2 / (w_1 + w_2)
///
/// With a base, of the task vectors `x_i - b`, added back to it.
///
/// *Source:* Shoemake 1985, doi:10.1145/325165.325242. *Same as:* mergekit `nuslerp`.
///
/// *Parameters:* `weight` per model, any number; t is 0.5 where they sum to 0 within 1e-6;
/// `nuslerp_flatten` (true), one angle for the tensor; else `nuslerp_row_wise` (false) tells the
/// direction: false for an angle per row (last dimension), true for one per column (first dimension).
/// The names are mergekit's; [WithWeights#perRow] and [WithWeights#perColumn] say it plainly.
/// *Operands:* exactly 2, optionally a base, equal shape, any floating type. *Output:* that shape.
/// *Cost:* two passes (products, blend); per row, 16 bytes for each row that crosses a block; per column,
/// 16 bytes a column, and panels of columns instead of strips.
/// *Edge cases:* |sin θ| < 1e-7 gives linear interpolation, also for antiparallel tensors (mergekit asks
/// for 1e-8; its float32 cosines know nothing between 0 and 3e-4); a zero tensor counts as
/// perpendicular. NaN or infinity makes the whole tensor, row or column NaN.
public record NuSlerp() implements MergeMethod {

  static final Parameter FLATTEN =
      Parameter.flag("nuslerp_flatten", true).about("one angle for the whole tensor");

  static final Parameter ROW_WISE =
      Parameter.flag("nuslerp_row_wise", false)
          .about("without flatten: an angle per column (true) or per row (false)");

  @Override
  public String name() {
    return "nuslerp";
  }

  @Override
  public Signature signature() {
    return Signature.of(2)
        .base(Signature.Base.OPTIONAL)
        .parameters(Weighted.WEIGHT, FLATTEN, ROW_WISE);
  }

  @Override
  public About about() {
    return About.of("Interpolates between two models, or their task vectors, along the sphere")
        .formula("y = sin((1-t)θ)/sin θ · x_1 + sin(tθ)/sin θ · x_2, t = w_2/(w_1 + w_2)")
        .source(
            "Shoemake 1985, Animating rotation with quaternion curves, doi:10.1145/325165.325242")
        .example(
            """
            models:
              - model: org/a
                parameters: {weight: 0.4}
              - model: org/b
                parameters: {weight: 0.6}
            merge_method: nuslerp
            base_model: org/base
            dtype: bfloat16
            """);
  }

  @Override
  public Blend prepare(Operands x) {
    double sum = x.number(Weighted.WEIGHT, 0) + x.number(Weighted.WEIGHT, 1);
    Arc arc = new Arc(Math.abs(sum) < 1e-6 ? 0.5 : x.number(Weighted.WEIGHT, 1) / sum);
    if (x.flag(FLATTEN) || x.shape().rank() < 2) {
      return CoefficientRule.blend(x, arc);
    }
    return x.flag(ROW_WISE) ? Columns.blend(x, arc) : Rows.blend(x, arc);
  }

  /// Slerp at `t`; the number is the angle.
  private record Arc(double t) implements CoefficientRule {

    /// A cosine of 1 or -1 that is off by rounding has a sine of some 1e-8.
    private static final double LEAST_SINE = 1e-7;

    @Override
    public double number(double[] products) {
      // One root of the product: parallel tensors then have a cosine of exactly 1 or -1.
      double norms = Math.sqrt(products[0] * products[2]);
      return norms == 0 ? Math.PI / 2 : StrictMath.acos(Math.clamp(products[1] / norms, -1, 1));
    }

    @Override
    public void coefficients(double theta, double[] c) {
      double sine = StrictMath.sin(theta);
      boolean straight = Math.abs(sine) < LEAST_SINE;
      c[0] = straight ? 1 - t : StrictMath.sin((1 - t) * theta) / sine;
      c[1] = straight ? t : StrictMath.sin(t * theta) / sine;
    }
  }

  /// Complete; the second weight may be refined, a base and the grain may follow.
  public record WithWeights(Draft draft)
      implements Chain, Refinable<WithWeights>, NamesBase<WithBase> {

    @Override
    public WithWeights filter(WeightFilter filter, Gradient value) {
      return new WithWeights(draft.filter(filter, value));
    }

    /// Interpolates differences from the base, and adds the result to it.
    @Override
    public WithBase base(ModelReference model) {
      return new WithBase(draft.base(model));
    }

    /// Gives each row, the last dimension, an angle of its own.
    public Grained perRow() {
      return Grained.of(draft, false);
    }

    /// Gives each column, along the first dimension, an angle of its own.
    public Grained perColumn() {
      return Grained.of(draft, true);
    }
  }

  /// Complete; the grain may follow.
  public record WithBase(Draft draft) implements Chain {

    /// Gives each row, the last dimension, an angle of its own.
    public Grained perRow() {
      return Grained.of(draft, false);
    }

    /// Gives each column, along the first dimension, an angle of its own.
    public Grained perColumn() {
      return Grained.of(draft, true);
    }
  }

  /// Complete.
  public record Grained(Draft draft) implements Chain {

    private static Grained of(Draft draft, boolean columns) {
      return new Grained(
          draft
              .parameter(FLATTEN.name(), Gradient.of(false))
              .parameter(ROW_WISE.name(), Gradient.of(columns)));
    }
  }
}
