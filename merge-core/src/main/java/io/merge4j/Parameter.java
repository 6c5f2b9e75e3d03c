// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import java.util.Optional;

/// A parameter that a merge method takes, declared once as a constant of the method's class.
///
/// {@snippet lang=java :
/// static final Parameter T = Parameter.number("t").between(0, 1).about("0 gives the base");
/// static final Parameter WEIGHT = Parameter.number("weight").ofEachModel().about("share of the model");
/// }
///
/// @param name as in recipes
/// @param type what its values are
/// @param perModel whether every model has a value of its own
/// @param fallback value where a recipe sets none: a [Double], [Boolean] or [String]; without it
///   the parameter is required
/// @param optional whether it may stay unset although there is no fallback
/// @param min least number allowed
/// @param max greatest number allowed
/// @param about one line for users
public record Parameter(
    String name,
    Type type,
    boolean perModel,
    Optional<Object> fallback,
    boolean optional,
    double min,
    double max,
    String about) {

  /// Type of a parameter's values.
  public enum Type {
    NUMBER("a number", Double.class),
    FLAG("true or false", Boolean.class),
    TEXT("a text", String.class),
    /// The name of a checkpoint beside a model's.
    CHECKPOINT("the path of a checkpoint", String.class);

    private final String description;
    private final Class<?> values;

    Type(String description, Class<?> values) {
      this.description = description;
      this.values = values;
    }

    @Override
    public String toString() {
      return description;
    }
  }

  /// A required number, one for the whole merge, without limits.
  public static Parameter number(String name) {
    return declare(name, Type.NUMBER, Optional.empty());
  }

  /// A switch, one for the whole merge.
  public static Parameter flag(String name, boolean fallback) {
    return declare(name, Type.FLAG, Optional.of(fallback));
  }

  /// A text, one for the whole merge.
  public static Parameter text(String name, String fallback) {
    return declare(name, Type.TEXT, Optional.of(fallback));
  }

  /// A required checkpoint beside that of each model: a directory, a file, or `org/name`, as models
  /// are named.
  ///
  /// It holds a tensor of the same name and shape for each that the model has, of any floating
  /// type, which the engine reads along with the model's; see [Block#companion].
  public static Parameter checkpoint(String name) {
    return declare(name, Type.CHECKPOINT, Optional.empty()).ofEachModel();
  }

  private static Parameter declare(String name, Type type, Optional<Object> fallback) {
    return new Parameter(
        name, type, false, fallback, false, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, "");
  }

  /// This parameter with a value of its own for each model.
  public Parameter ofEachModel() {
    return new Parameter(name, type, true, fallback, optional, min, max, about);
  }

  /// This parameter, `value` where a recipe sets none.
  public Parameter orElse(double value) {
    return new Parameter(name, type, perModel, Optional.of(value), optional, min, max, about);
  }

  /// This parameter, which may stay unset.
  public Parameter orNone() {
    return new Parameter(name, type, perModel, fallback, true, min, max, about);
  }

  /// This parameter, limited to `[min, max]`.
  public Parameter between(double newMin, double newMax) {
    return new Parameter(name, type, perModel, fallback, optional, newMin, newMax, about);
  }

  /// This parameter with a line that tells users what it does.
  public Parameter about(String newAbout) {
    return new Parameter(name, type, perModel, fallback, optional, min, max, newAbout);
  }

  /// Whether a recipe must set it.
  public boolean isRequired() {
    return fallback.isEmpty() && !optional;
  }

  /// The name under which a recipe may list a value for each model: `weights`, `densities`.
  public String plural() {
    return name.endsWith("y") ? name.substring(0, name.length() - 1) + "ies" : name + "s";
  }

  /// The limits in words, e.g. `0 to 1`, `at least 0`; empty without limits.
  public String range() {
    boolean below = min > Double.NEGATIVE_INFINITY;
    boolean above = max < Double.POSITIVE_INFINITY;
    if (below && above) {
      return plain(min) + " to " + plain(max);
    }
    return below ? "at least " + plain(min) : above ? "at most " + plain(max) : "";
  }

  /// What is wrong with a value given for this parameter, if anything is.
  public Optional<String> problem(Object value) {
    if (!type.values.isInstance(value)) {
      return Optional.of("%s is \"%s\", expected %s".formatted(name, value, type));
    }
    if (value instanceof Double number && !(number >= min && number <= max)) {
      return Optional.of("%s is %s, expected %s".formatted(name, plain(number), range()));
    }
    return Optional.empty();
  }

  private static String plain(double number) {
    return number == Math.rint(number) && Math.abs(number) < 1e15
        ? Long.toString((long) number)
        : Double.toString(number);
  }
}
