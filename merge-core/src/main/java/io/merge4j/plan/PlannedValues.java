// SPDX-License-Identifier: Apache-2.0
package io.merge4j.plan;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.merge4j.Parameter;
import io.merge4j.ParameterOrigin;
import io.merge4j.Values;
import io.merge4j.Weight;
import java.util.Map;
import java.util.stream.Stream;

/// Parameters of one weight, looked up and checked; those without a value are absent.
///
/// @param models values of the per-model parameters, by model
/// @param whole values of the parameters of the whole merge
/// @param origins all values with where they come from, those of the whole merge first
record PlannedValues(
    Weight weight,
    ImmutableList<ImmutableMap<Parameter, Object>> models,
    boolean hasBase,
    ImmutableMap<Parameter, Object> whole,
    ImmutableList<ParameterOrigin> origins)
    implements Values {

  static PlannedValues of(
      Weight weight,
      ImmutableList<ImmutableList<ParameterOrigin>> models,
      boolean hasBase,
      ImmutableList<ParameterOrigin> whole) {
    return new PlannedValues(
        weight,
        models.stream().map(PlannedValues::byParameter).collect(ImmutableList.toImmutableList()),
        hasBase,
        byParameter(whole),
        Stream.concat(whole.stream(), models.stream().flatMap(ImmutableList::stream))
            .collect(ImmutableList.toImmutableList()));
  }

  private static ImmutableMap<Parameter, Object> byParameter(
      ImmutableList<ParameterOrigin> origins) {
    return origins.stream()
        .collect(ImmutableMap.toImmutableMap(ParameterOrigin::parameter, ParameterOrigin::value));
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
    return whole.containsKey(parameter);
  }

  @Override
  public double number(Parameter parameter, int model) {
    return (Double) value(parameter, models.get(model));
  }

  @Override
  public boolean has(Parameter parameter, int model) {
    return models.get(model).containsKey(parameter);
  }

  private Object value(Parameter parameter, Map<Parameter, Object> values) {
    Object value = values.get(parameter);
    if (value == null) {
      throw new IllegalStateException(
          "Parameter %s has no value at weight %s; it must be in the method's signature, and required or with a default"
              .formatted(parameter.name(), weight.name()));
    }
    return value;
  }
}
