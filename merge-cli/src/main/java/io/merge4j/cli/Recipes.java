// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import io.merge4j.Recipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Recipes as they are named on the command line.
final class Recipes {

  private Recipes() {}

  /// @throws UsageException if the file cannot be read
  static Recipe read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new UsageException(
          "Cannot read recipe %s: %s, expected a YAML file"
              .formatted(file, Files.exists(file) ? "it is no file" : "there is no such file"));
    }
    try {
      return Recipe.read(file);
    } catch (IOException e) {
      throw new UsageException("Cannot read recipe %s: %s".formatted(file, e), e);
    }
  }
}
