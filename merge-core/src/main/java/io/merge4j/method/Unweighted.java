// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.AddsModel;
import io.merge4j.Chain;
import io.merge4j.Draft;
import io.merge4j.NamesBase;
import io.merge4j.model.ModelReference;
import java.util.function.Function;

/// Steps of methods whose models have no weights: base, model, model.
///
/// `S` is the step that follows, made from the draft by `next`; steps nest where several are
/// missing.
public final class Unweighted {

  private Unweighted() {}

  /// The base is missing.
  public record NeedsBase<S>(Draft draft, Function<Draft, S> next) implements NamesBase<S> {

    @Override
    public S base(ModelReference model) {
      return next.apply(draft.base(model));
    }
  }

  /// A model is missing.
  public record NeedsModel<S>(Draft draft, Function<Draft, S> next) implements AddsModel<S> {

    @Override
    public S model(ModelReference model) {
      return next.apply(draft.model(model));
    }
  }

  /// Two models are missing.
  public record NeedsTwo<S>(Draft draft, Function<Draft, S> next)
      implements AddsModel<NeedsModel<S>> {

    @Override
    public NeedsModel<S> model(ModelReference model) {
      return new NeedsModel<>(draft.model(model), next);
    }
  }

  /// Complete; more models may follow, and the merged task vector may be scaled.
  public record TaskModels(Draft draft) implements Chain, AddsModel<TaskModels> {

    @Override
    public TaskModels model(ModelReference model) {
      return new TaskModels(draft.model(model));
    }

    /// Sets the factor of the merged task vector: a number, or numbers from the first layer to the
    /// last.
    public WithNumber lambda(double... anchors) {
      return WithNumber.of(draft, TaskVectors.LAMBDA, anchors);
    }
  }
}
