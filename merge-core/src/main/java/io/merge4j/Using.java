// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import io.merge4j.model.ModelReference;

/// A merge by a method given as an object, whose parameters are set by name.
public record Using(Draft draft) implements Chain, NamesBase<Using> {

  @Override
  public Using base(ModelReference model) {
    return new Using(draft.base(model));
  }

  /// Sets a parameter of the whole merge to a number, or numbers from the first layer to the last.
  public WithParameter with(String parameter, double... anchors) {
    return new WithParameter(draft.parameter(parameter, Gradient.of(anchors)));
  }

  /// Sets a switch of the whole merge.
  public WithParameter with(String parameter, boolean value) {
    return new WithParameter(draft.parameter(parameter, Gradient.of(value)));
  }

  @Override
  public Recipe recipe() {
    return draft.recipe();
  }

  /// A parameter has just been set.
  public record WithParameter(Draft draft) implements Chain, Refinable<WithParameter> {

    @Override
    public WithParameter filter(WeightFilter filter, Gradient value) {
      return new WithParameter(draft.filter(filter, value));
    }

    /// Sets a further parameter to a number, or numbers from the first layer to the last.
    public WithParameter with(String parameter, double... anchors) {
      return new Using(draft).with(parameter, anchors);
    }

    /// Sets a further switch.
    public WithParameter with(String parameter, boolean value) {
      return new Using(draft).with(parameter, value);
    }
  }
}
