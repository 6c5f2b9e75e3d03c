// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.About;
import io.merge4j.Blend;
import io.merge4j.Block;
import io.merge4j.Draft;
import io.merge4j.MergeMethod;
import io.merge4j.Operands;
import io.merge4j.Parameter;
import io.merge4j.Signature;

/// Takes from a model what is close to the base and little of what is far from it.
///
///     y = q x + (1-q) b      q = clamp(t / max(|b - x|, 1e-6), 0, 1)
///
/// An element that is nearer than `t` becomes the model's; one farther away moves by `t` towards it.
///
/// *Source:* Alchemonaut, QuartetAnemoi-70B. *Same as:* mergekit `nearswap`.
///
/// *Parameters:* `t`, at least 0, in units of the weights; may vary with depth and name.
/// *Operands:* exactly 1 and a base, equal shape, any floating type. *Output:* that shape.
/// *Cost:* one pass; no allocation per element. *Edge cases:* NaN and infinity stay at their element.
public record NearSwap() implements MergeMethod {

  static final Parameter T =
      Parameter.number("t")
          .between(0, Double.POSITIVE_INFINITY)
          .about("distance from the base up to which elements are swapped");

  private static final double LEAST_DISTANCE = 1e-6;

  @Override
  public String name() {
    return "nearswap";
  }

  @Override
  public Signature signature() {
    return Signature.of(1).base(Signature.Base.REQUIRED).parameters(T);
  }

  @Override
  public About about() {
    return About.of("Moves every element of the base by at most t towards a model")
        .formula("y = q x + (1-q) b, q = clamp(t / |b - x|, 0, 1)")
        .source("Alchemonaut, huggingface.co/alchemonaut/QuartetAnemoi-70B-t0.0001")
        .example(
            """
            models:
              - model: org/a
            merge_method: nearswap
            base_model: org/base
            parameters: {t: 0.0001}
            dtype: bfloat16
            """);
  }

  @Override
  public Blend prepare(Operands x) {
    double t = x.number(T);
    return block -> swap(t, block);
  }

  private static void swap(double t, Block block) {
    float[] x = block.operand(0);
    float[] b = block.base();
    float[] out = block.out();
    for (int j = 0; j < block.size(); j++) {
      double distance = Math.abs((double) b[j] - x[j]);
      double q = Math.min(t / Math.max(distance, LEAST_DISTANCE), 1);
      out[j] = (float) (q * x[j] + (1 - q) * b[j]);
    }
  }

  /// `t` is missing.
  public record NeedsT(Draft draft) {

    /// Sets the distance up to which elements are swapped: a number, or numbers from the first
    /// layer to the last.
    public WithNumber t(double... anchors) {
      return WithNumber.of(draft, T, anchors);
    }
  }
}
