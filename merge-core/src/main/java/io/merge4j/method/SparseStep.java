// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.AddsModel;
import io.merge4j.Chain;
import io.merge4j.Draft;
import io.merge4j.Gradient;
import io.merge4j.Refinable;
import io.merge4j.WeightFilter;
import io.merge4j.model.ModelReference;

/// A complete step of a method that adds sparsified task vectors: the parameter set last may be
/// refined, parameters of the model named last may be set, and more models may follow.
///
/// @param <S> the method's own step
public interface SparseStep<S extends SparseStep<S>>
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

  /// Sets the share of the model's task vector that stays, from 0 to 1: a number, or numbers from
  /// the first layer to the last; 1 unless set.
  default S density(double... anchors) {
    return with(draft().modelParameter(SparseTaskVectors.DENSITY.name(), Gradient.of(anchors)));
  }

  /// Sets the factor of the merged task vector: a number, or numbers from the first layer to the
  /// last.
  default S lambda(double... anchors) {
    return with(draft().parameter(TaskVectors.LAMBDA.name(), Gradient.of(anchors)));
  }

  /// Sets whether the sum is divided by that of the weights of the models that take part.
  default Switched normalize(boolean normalize) {
    return new Switched(draft()).normalize(normalize);
  }

  /// Sets whether what stays of a task vector is scaled to the L1 norm of the whole.
  default Switched rescale(boolean rescale) {
    return new Switched(draft()).rescale(rescale);
  }

  /// Complete; the merged task vector may be scaled and switches set.
  record Switched(Draft draft) implements Chain {

    /// Sets whether the sum is divided by that of the weights of the models that take part.
    public Switched normalize(boolean normalize) {
      return new Switched(draft.parameter("normalize", Gradient.of(normalize)));
    }

    /// Sets whether what stays of a task vector is scaled to the L1 norm of the whole.
    public Switched rescale(boolean rescale) {
      return new Switched(draft.parameter("rescale", Gradient.of(rescale)));
    }

    /// Sets the factor of the merged task vector: a number, or numbers from the first layer to the
    /// last.
    public WithNumber lambda(double... anchors) {
      return WithNumber.of(draft, TaskVectors.LAMBDA, anchors);
    }
  }

  /// Complete; for methods without parameters of their own.
  record Plain(Draft draft) implements SparseStep<Plain> {
    @Override
    public Plain with(Draft newDraft) {
      return new Plain(newDraft);
    }
  }
}
