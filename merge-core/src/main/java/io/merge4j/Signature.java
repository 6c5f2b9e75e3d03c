// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import com.google.common.collect.ImmutableList;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/// What a merge method takes: how many models, which part a base plays, which parameters.
///
/// @param minModels least number of models; a separate base does not count
/// @param maxModels greatest number of models
/// @param base the part of the recipe's `base_model`
/// @param parameters all parameters, in the order in which documentation lists them
public record Signature(
    int minModels, int maxModels, Base base, ImmutableList<Parameter> parameters) {

  /// @throws IllegalArgumentException if two parameters have the same name
  public Signature {
    Set<String> names = new HashSet<>();
    for (Parameter parameter : parameters) {
      if (!names.add(parameter.name())) {
        throw new IllegalArgumentException(
            "Parameter %s: found it twice in a signature, expected each name once; rename one"
                .formatted(parameter.name()));
      }
    }
  }

  /// The part that a recipe's `base_model` plays in a method.
  public enum Base {
    /// It is a model like the others.
    ORDINARY,
    /// It must be one of the models, and the method treats it apart; it is the first operand.
    FIRST,
    /// If there is one, it is apart from the models; the method works on differences from it.
    OPTIONAL,
    /// There must be one, apart from the models.
    REQUIRED;

    /// Whether a base model is handed to the method apart from the models.
    public boolean isApart() {
      return this == OPTIONAL || this == REQUIRED;
    }
  }

  /// A method of `models` models without base or parameters.
  public static Signature of(int models) {
    return new Signature(models, models, Base.ORDINARY, ImmutableList.of());
  }

  /// A method of at least `models` models without base or parameters.
  public static Signature atLeast(int models) {
    return new Signature(models, Integer.MAX_VALUE, Base.ORDINARY, ImmutableList.of());
  }

  public Signature base(Base newBase) {
    return new Signature(minModels, maxModels, newBase, parameters);
  }

  /// The same with these parameters in place of its own.
  ///
  /// @throws IllegalArgumentException if two have the same name
  public Signature parameters(Parameter... newParameters) {
    return new Signature(minModels, maxModels, base, ImmutableList.copyOf(newParameters));
  }

  /// The parameter of that name.
  public Optional<Parameter> find(String name) {
    return parameters.stream().filter(parameter -> parameter.name().equals(name)).findFirst();
  }

  /// The parameters that name a checkpoint beside each model's.
  public ImmutableList<Parameter> checkpoints() {
    return parameters.stream()
        .filter(parameter -> parameter.type() == Parameter.Type.CHECKPOINT)
        .collect(ImmutableList.toImmutableList());
  }

  /// The number of models in words: `exactly 2`, `at least 1`.
  public String models() {
    String count =
        maxModels == minModels
            ? "exactly " + minModels
            : maxModels == Integer.MAX_VALUE
                ? "at least " + minModels
                : minModels + " to " + maxModels;
    return count
        + (maxModels == 1 || (minModels == 1 && maxModels == Integer.MAX_VALUE)
            ? " model"
            : " models");
  }
}
