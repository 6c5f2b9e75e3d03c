// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import java.util.Optional;
import java.util.OptionalInt;

/// The value of a parameter at one weight, and where it comes from.
///
/// @param model name of the model whose value it is; empty for a parameter of the whole merge
/// @param value a [Double], [Boolean] or [String]
/// @param level what said so: `model org/a`, `slice 2`, `module encoder`, `parameters` (the
///   recipe's own) or `default`
/// @param setting what is said there; empty for a default
/// @param choice the entry of the setting that holds; empty for a default
/// @param position place in a list with a value for each model, such as `weights`
public record ParameterOrigin(
    Parameter parameter,
    Optional<String> model,
    Object value,
    String level,
    Optional<Setting> setting,
    Optional<Setting.Choice> choice,
    OptionalInt position) {

  /// The level in words: `the recipe's parameters`, `parameters of slice 2`, `default`.
  public String place() {
    return switch (level) {
      case "parameters" -> "the recipe's parameters";
      case "default" -> level;
      default -> "parameters of " + level;
    };
  }
}
