// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.Chain;
import io.merge4j.Draft;
import io.merge4j.Gradient;
import io.merge4j.Parameter;
import io.merge4j.Refinable;
import io.merge4j.WeightFilter;

/// Complete; the number set last, which holds for the whole merge, may be refined.
public record WithNumber(Draft draft) implements Chain, Refinable<WithNumber> {

  static WithNumber of(Draft draft, Parameter parameter, double... anchors) {
    return new WithNumber(draft.parameter(parameter.name(), Gradient.of(anchors)));
  }

  @Override
  public WithNumber filter(WeightFilter filter, Gradient value) {
    return new WithNumber(draft.filter(filter, value));
  }
}
