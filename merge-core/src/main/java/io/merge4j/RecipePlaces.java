// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/// Where the models that a recipe names may lie: a relative path that leads nowhere from the
/// working directory is tried from the recipe's.
///
/// @param directory the recipe's, if it was read from a file
record RecipePlaces(Optional<Path> directory) {

  String located(String name) {
    try {
      if (directory.isPresent() && !Files.exists(Path.of(name))) {
        Path beside = directory.get().resolve(name);
        if (Files.exists(beside)) {
          return beside.normalize().toString();
        }
      }
    } catch (InvalidPathException e) {
      // Not a path on this system; it may still name a repository.
    }
    return name;
  }

  /// Model and adapter may each lie beside the recipe.
  String model(String name) {
    String whole = located(name);
    int plus = name.indexOf('+');
    return plus < 0 || !whole.equals(name) || isPath(name)
        ? whole
        : located(name.substring(0, plus)) + "+" + located(name.substring(plus + 1));
  }

  private static boolean isPath(String name) {
    try {
      return Files.exists(Path.of(name));
    } catch (InvalidPathException e) {
      return false;
    }
  }
}
