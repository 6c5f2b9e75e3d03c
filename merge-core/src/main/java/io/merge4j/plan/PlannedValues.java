// SPDX-License-Identifier: Apache-2.0
package io.merge4j.plan;

import com.google.common.collect.ImmutableList;
import io.merge4j.Parameter;
import io.merge4j.ParameterOrigin;
import io.merge4j.Values;
import io.merge4j.Weight;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Parameters of one weight, looked up and checked; those without a value are absent.
///
/// @param models values of the per-model parameters, by model
/// @param whole values of the parameters of the whole merge
record PlannedValues(
    Weight weight,
    ImmutableList<ImmutableList<ParameterOrigin>> models,
    boolean hasBase,
    ImmutableList<ParameterOrigin> whole)
    implements Values {

  /// All values with where they come from, those of the whole merge first.
  ImmutableList<ParameterOrigin> origins() {
    ImmutableList.Builder<ParameterOrigin> origins = ImmutableList.builder();
    origins.addAll(whole);
    models.forEach(origins::addAll);
    return origins.build();
  }

  @Override
  public int count() {
    return models.size();
  }

  @Override
  public double number(Parameter parameter) {
    return (Double) value(parameter, whole);
  }

  @Override
  public boolean flag(Parameter parameter) {
    return (Boolean) value(parameter, whole);
  }

  @Override
  public String text(Parameter parameter) {
    return (String) value(parameter, whole);
  }

  @Override
  public boolean has(Parameter parameter) {
    return find(parameter, whole) != null;
  }

  @Override
  public double number(Parameter parameter, int model) {
    return (Double) value(parameter, models.get(model));
  }

  @Override
  public boolean has(Parameter parameter, int model) {
    return find(parameter, model) != null;
  }

  /// Value of a per-model parameter of any type for model `model`, if it has one.
  @Nullable Object find(Parameter parameter, int model) {
    return find(parameter, models.get(model));
  }

  private Object value(Parameter parameter, List<ParameterOrigin> values) {
    Object value = find(parameter, values);
    if (value == null) {
      throw new IllegalStateException(
          "Parameter %s has no value at weight %s; it must be in the method's signature, and required or with a default"
              .formatted(parameter.name(), weight.name()));
    }
    return value;
  }

  /// Methods have a handful of parameters, each with a name of its own, so a list is searched as
  /// fast as a map, and is smaller.
  private static @Nullable Object find(Parameter parameter, List<ParameterOrigin> values) {
    for (ParameterOrigin origin : values) {
      if (origin.parameter().name().equals(parameter.name())) {
        return origin.value();
      }
    }
    return null;
  }
}
