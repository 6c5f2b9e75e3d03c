// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import java.util.OptionalDouble;
import java.util.OptionalInt;

/// The rank of an adapter that is merged from adapters.
///
/// {@snippet lang=java :
/// Merger.linear().model(a).weight(0.5).model(b).weight(0.5).adapter(AdapterRank.of(16)).writeTo(path);
/// }
///
/// @param most greatest rank of a module
/// @param energy share of the sum of squares of each module's change that is kept, with the least
///   rank that does, in (0, 1]
public record AdapterRank(OptionalInt most, OptionalDouble energy) {

  /// As exact as can be: a weighted sum of adapters keeps all their ranks and loses nothing; what
  /// other methods give, which has no low rank, is cut to the greatest rank among the module's
  /// inputs.
  public static final AdapterRank UNSET =
      new AdapterRank(OptionalInt.empty(), OptionalDouble.empty());

  /// @throws IllegalArgumentException if a number is out of range
  public AdapterRank {
    if (most.isPresent() && most.getAsInt() < 1) {
      throw new IllegalArgumentException(
          "Adapter's rank is %d, expected at least 1".formatted(most.getAsInt()));
    }
    if (energy.isPresent() && !(energy.getAsDouble() > 0 && energy.getAsDouble() <= 1)) {
      throw new IllegalArgumentException(
          "Adapter's energy is %s, expected more than 0 and at most 1"
              .formatted(energy.getAsDouble()));
    }
  }

  /// This rank at most.
  public static AdapterRank of(int most) {
    return new AdapterRank(OptionalInt.of(most), OptionalDouble.empty());
  }

  /// The least ranks that keep this share of the sum of squares, in (0, 1]; 1 keeps all but the
  /// noise of float32.
  public static AdapterRank keeping(double share) {
    return new AdapterRank(OptionalInt.empty(), OptionalDouble.of(share));
  }

  /// Whether nothing was asked for.
  public boolean isUnset() {
    return most.isEmpty() && energy.isEmpty();
  }
}
