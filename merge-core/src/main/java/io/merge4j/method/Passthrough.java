// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.About;
import io.merge4j.AddsLayers;
import io.merge4j.Blend;
import io.merge4j.Chain;
import io.merge4j.Draft;
import io.merge4j.Gradient;
import io.merge4j.MergeMethod;
import io.merge4j.Operands;
import io.merge4j.Parameter;
import io.merge4j.Refinable;
import io.merge4j.Signature;
import io.merge4j.Values;
import io.merge4j.WeightFilter;
import io.merge4j.model.ModelReference;

/// The tensors of one model as they are, or times a number: for stacking layers of several models.
///
///     y = scale · x
///
/// *Same as:* mergekit `passthrough`.
///
/// *Parameters:* `scale` of the model, any number, may vary with depth and name; none leaves the bytes
/// as they are if the type stays.
/// *Operands:* exactly 1. *Output:* its shape. *Cost:* one pass. *Edge cases:* `scale` of 0 gives zeros.
public record Passthrough() implements MergeMethod {

  static final Parameter SCALE =
      Parameter.number("scale").ofEachModel().orNone().about("factor; none keeps the bytes");

  @Override
  public String name() {
    return "passthrough";
  }

  @Override
  public Signature signature() {
    return Signature.of(1).parameters(SCALE);
  }

  @Override
  public About about() {
    return About.of("Copies one model's tensors, to stack layers of several models")
        .formula("y = scale · x")
        .example(
            """
            slices:
              - sources:
                  - model: org/a
                    layer_range: [0, 24]
              - sources:
                  - model: org/b
                    layer_range: [16, 32]
            merge_method: passthrough
            dtype: bfloat16
            """);
  }

  @Override
  public boolean isCopy(Values values) {
    return !values.has(SCALE, 0);
  }

  @Override
  public Blend prepare(Operands x) {
    return x.has(SCALE, 0) ? Blend.weightedSum(x.number(SCALE, 0)) : Blend.copy(0);
  }

  /// Layers are missing.
  public record NeedsLayers(Draft draft) implements AddsLayers<WithLayers> {

    @Override
    public WithLayers layers(ModelReference model, int from, int to) {
      return new WithLayers(draft.layers(model, from, to));
    }
  }

  /// Complete; more layers may follow.
  public record WithLayers(Draft draft) implements Chain, AddsLayers<WithLayers> {

    @Override
    public WithLayers layers(ModelReference model, int from, int to) {
      return new WithLayers(draft.layers(model, from, to));
    }

    /// Multiplies the layers named last by a number, or by numbers from their first to their last.
    public WithScale scale(double... anchors) {
      return new WithScale(draft.modelParameter(SCALE.name(), Gradient.of(anchors)));
    }
  }

  /// Complete; the scale may be refined, and more layers may follow.
  public record WithScale(Draft draft)
      implements Chain, Refinable<WithScale>, AddsLayers<WithLayers> {

    @Override
    public WithLayers layers(ModelReference model, int from, int to) {
      return new WithLayers(draft.layers(model, from, to));
    }

    @Override
    public WithScale filter(WeightFilter filter, Gradient value) {
      return new WithScale(draft.filter(filter, value));
    }
  }
}
