// SPDX-License-Identifier: Apache-2.0
package io.merge4j.bench;

import com.google.common.collect.ImmutableMap;
import io.merge4j.MergeMethod;
import io.merge4j.Parameter;
import io.merge4j.Signature;
import java.util.Optional;

/// The parameters of methods as recipes usually have them.
final class UsualValues {

  /// Values of parameters that have no default.
  private static final ImmutableMap<String, Double> REQUIRED =
      ImmutableMap.of("weight", 0.4, "t", 0.5, "alpha", 0.3, "beta", 1.0);

  /// Values of parameters whose default turns off what makes the method costly.
  private static final ImmutableMap<String, Double> COSTLY =
      ImmutableMap.of("density", 0.5, "select_topk", 0.1);

  private UsualValues() {}

  /// How many models a method merges if `wanted` are at hand.
  static int models(Signature signature, int wanted) {
    return Math.clamp(wanted, signature.minModels(), signature.maxModels());
  }

  /// The number a recipe would set, if it would.
  static Optional<Double> of(Parameter parameter) {
    return parameter.type() == Parameter.Type.NUMBER
        ? Optional.ofNullable((parameter.isRequired() ? REQUIRED : COSTLY).get(parameter.name()))
        : Optional.empty();
  }

  /// What a recipe would set of a method, by parameter.
  static ImmutableMap<String, Double> of(MergeMethod method) {
    ImmutableMap.Builder<String, Double> values = ImmutableMap.builder();
    for (Parameter parameter : method.signature().parameters()) {
      of(parameter).ifPresent(value -> values.put(parameter.name(), value));
    }
    return values.buildOrThrow();
  }
}
