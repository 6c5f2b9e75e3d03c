// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Doubles;

/// A value that may change with depth: one or more anchors spread evenly from the first layer to the last.
///
/// Between two numbers it is linear; of booleans or texts the anchor at or before the depth holds. A
/// single anchor is a constant.
///
///     s = depth · (n - 1);   value = (1 - frac s) · anchor[⌊s⌋] + frac s · anchor[⌊s⌋ + 1]
///
/// *Same as:* mergekit's gradients.
///
/// @param anchors at least one; all [Double], all [Boolean] or all [String]
public record Gradient(ImmutableList<Object> anchors) {

  /// @throws IllegalArgumentException if there is no anchor, one is of another type than the first
  ///   or neither number, boolean nor text, or a number is not finite
  public Gradient {
    if (anchors.isEmpty()) {
      throw new IllegalArgumentException("A gradient needs at least one value");
    }
    Class<?> type = anchors.getFirst().getClass();
    for (Object anchor : anchors) {
      boolean known =
          anchor instanceof Boolean
              || anchor instanceof String
              || (anchor instanceof Double number && Doubles.isFinite(number));
      if (!known || anchor.getClass() != type) {
        throw new IllegalArgumentException(
            "Gradient %s: %s, expected finite numbers only, booleans only or texts only"
                .formatted(anchors, anchor));
      }
    }
  }

  /// Numbers from the first layer to the last; a single one is a constant.
  public static Gradient of(double... anchors) {
    return new Gradient(ImmutableList.copyOf(Doubles.asList(anchors)));
  }

  public static Gradient of(boolean value) {
    return new Gradient(ImmutableList.of(value));
  }

  public static Gradient of(String value) {
    return new Gradient(ImmutableList.of(value));
  }

  /// The value at `depth` in [0, 1]: a [Double], [Boolean] or [String].
  public Object at(double depth) {
    double scaled = position(depth);
    int below = (int) scaled;
    Object value = anchors.get(below);
    if (!(value instanceof Double low)) {
      return value;
    }
    double fraction = scaled - below;
    if (fraction == 0) {
      return value;
    }
    double high = (Double) anchors.get(Math.min(below + 1, anchors.size() - 1));
    return (1 - fraction) * low + fraction * high;
  }

  /// Where `depth` in [0, 1] lies among the anchors, from 0 at the first.
  double position(double depth) {
    return depth * (anchors.size() - 1);
  }

  /// As in a recipe: `0.5` or `[0, 0.5, 1]`.
  @Override
  public String toString() {
    return anchors.size() == 1 ? anchors.getFirst().toString() : anchors.toString();
  }
}
