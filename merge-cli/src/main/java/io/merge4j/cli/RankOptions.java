// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import io.merge4j.AdapterRank;
import io.merge4j.Recipe;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The rank of an adapter that is merged from adapters.
final class RankOptions {

  @Option(
      names = "--rank",
      paramLabel = "R",
      description =
          "Of adapters: greatest rank of the result; overrides the recipe. Weighted sums are exact unless given.")
  @Nullable Integer rank;

  @Option(
      names = "--energy",
      paramLabel = "E",
      description =
          "Of adapters: least ranks that keep this share of each module's squared change, e.g. 0.95.")
  @Nullable Double energy;

  /// The recipe with what was asked for.
  ///
  /// @throws UsageException if a number is out of range
  Recipe apply(Recipe recipe) {
    if (rank == null && energy == null) {
      return recipe;
    }
    try {
      return recipe.withAdapter(
          new AdapterRank(
              rank == null ? OptionalInt.empty() : OptionalInt.of(rank),
              energy == null ? OptionalDouble.empty() : OptionalDouble.of(energy)));
    } catch (IllegalArgumentException e) {
      throw new UsageException(e);
    }
  }
}
