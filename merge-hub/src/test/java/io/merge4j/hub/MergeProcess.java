// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import io.merge4j.MergeException;
import io.merge4j.MergeListener;
import io.merge4j.Output;
import io.merge4j.Recipe;
import java.nio.file.Path;

/// Merges as a recipe says, as a program of its own with an environment of its own: recipe, and the
/// output or nothing to plan only. Status 2 says that it failed, with the reason on standard
/// output.
final class MergeProcess {

  private MergeProcess() {}

  public static void main(String[] args) throws Exception {
    Recipe recipe = Recipe.read(Path.of(args[0]));
    try {
      if (args.length == 1) {
        System.out.print(recipe.plan(Output.DEFAULT));
      } else {
        recipe.writeTo(Path.of(args[1]), Output.DEFAULT.listener(new Received()));
      }
    } catch (MergeException e) {
      System.out.println(e.getMessage());
      System.exit(2);
    }
  }

  /// Prints what has been fetched.
  private static final class Received implements MergeListener {
    @Override
    public void fetching(String model, long received, long total) {
      System.out.printf("%s %d/%d%n", model, received, total);
    }
  }
}
