// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

/// The parameters of a merge method at one weight, looked up and checked against their
/// declarations.
///
/// Models are numbered from 0 in the order of the recipe; a base that is apart has no number.
public interface Values {

  /// The weight being merged, as it will be called in the output.
  Weight weight();

  /// Number of models that have the weight, without a base that is apart.
  int count();

  /// Whether a base apart from the models has the weight.
  boolean hasBase();

  /// Value of a parameter of the whole merge.
  double number(Parameter parameter);

  /// Value of a switch of the whole merge.
  boolean flag(Parameter parameter);

  /// Value of a text parameter of the whole merge.
  String text(Parameter parameter);

  /// Whether a parameter of the whole merge has a value, set or by default.
  boolean has(Parameter parameter);

  /// Value of a per-model parameter for model `model`.
  double number(Parameter parameter, int model);

  /// Whether a per-model parameter has a value for model `model`, set or by default.
  boolean has(Parameter parameter, int model);

  /// Values of a per-model parameter for all models.
  default double[] numbers(Parameter parameter) {
    double[] numbers = new double[count()];
    for (int model = 0; model < numbers.length; model++) {
      numbers[model] = number(parameter, model);
    }
    return numbers;
  }
}
