// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.AddsModel;
import io.merge4j.Chain;
import io.merge4j.Draft;
import io.merge4j.Gradient;
import io.merge4j.Refinable;
import io.merge4j.WeightFilter;
import io.merge4j.model.ModelReference;

/// A step of a consensus method once it has a model: the parameter set last may be refined,
/// parameters of the model named last may be set, and more models may follow; two are needed.
///
/// @param <S> the method's own step
public interface TallMaskStep<S extends TallMaskStep<S>>
    extends Chain, Refinable<S>, AddsModel<Weighted.NeedsWeight<S>> {

  /// This step with another draft.
  S with(Draft draft);

  @Override
  default Weighted.NeedsWeight<S> model(ModelReference model) {
    return new Weighted.NeedsWeight<>(draft().model(model), this::with);
  }

  @Override
  default S filter(WeightFilter filter, Gradient value) {
    return with(draft().filter(filter, value));
  }

  /// Sets how near the merged task vector must be to the model's for an element to matter to it,
  /// 0.4 unless set: a number, or numbers from the first layer to the last.
  default S maskLambda(double... anchors) {
    return with(draft().modelParameter(TallMasks.MASK_LAMBDA.name(), Gradient.of(anchors)));
  }

  /// Sets how many models an element must matter to, 2 unless set; 0 keeps all elements.
  default S k(double... anchors) {
    return with(draft().parameter(TallMasks.K.name(), Gradient.of(anchors)));
  }

  /// Sets the factor of the merged task vector: a number, or numbers from the first layer to the
  /// last.
  default S lambda(double... anchors) {
    return with(draft().parameter(TaskVectors.LAMBDA.name(), Gradient.of(anchors)));
  }
}
