// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Recipes of built-in models, for tests of commands.
final class LetterRecipes {

  private LetterRecipes() {}

  /// Writes a recipe that merges two models by slerp, the first being the base.
  ///
  /// @param more further lines of the recipe
  static void slerp(Path recipe, Path base, Path other, String more) throws IOException {
    Files.writeString(
        recipe,
        """
        models:
          - model: "%s"
          - model: "%s"
        merge_method: slerp
        base_model: "%s"
        parameters:
          t: 0.5
        %s
        """
            .formatted(base, other, base, more));
  }
}
