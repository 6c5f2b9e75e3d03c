// SPDX-License-Identifier: Apache-2.0
package io.merge4j.bench;

import io.merge4j.MergeMethod;
import io.merge4j.Parameter;
import io.merge4j.Signature;
import io.merge4j.Values;
import io.merge4j.Weight;

/// The [UsualValues] of a method at a weight in the middle of a model.
///
/// @param count number of models
record SetValues(MergeMethod method, int count) implements Values {

  @Override
  public Weight weight() {
    return Weight.inLayer("model.layers.1.mlp.up_proj.weight", 1, 4);
  }

  @Override
  public boolean hasBase() {
    return method.signature().base() == Signature.Base.REQUIRED;
  }

  @Override
  public double number(Parameter parameter) {
    return UsualValues.of(parameter).orElseGet(() -> (Double) parameter.fallback().orElseThrow());
  }

  @Override
  public boolean flag(Parameter parameter) {
    return (Boolean) parameter.fallback().orElseThrow();
  }

  @Override
  public String text(Parameter parameter) {
    return (String) parameter.fallback().orElseThrow();
  }

  @Override
  public boolean has(Parameter parameter) {
    return parameter.fallback().isPresent() || UsualValues.of(parameter).isPresent();
  }

  @Override
  public double number(Parameter parameter, int model) {
    return number(parameter);
  }

  @Override
  public boolean has(Parameter parameter, int model) {
    return has(parameter);
  }
}
