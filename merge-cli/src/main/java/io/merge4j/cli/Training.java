// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;

/// What the launcher lets a JVM do to learn which classes and code typical commands use, for its
/// ahead-of-time cache.
final class Training {

  private static final String[] METHODS = {
    "linear", "task_arithmetic", "passthrough", "dare_linear", "ties"
  };

  private Training() {}

  /// Merges the built-in models, small as they are, by the recipes that are used most.
  ///
  /// @param args a directory to write to
  public static void main(String[] args) throws IOException {
    Path directory = Path.of(args[0]);
    Files.createDirectories(directory);
    String out = directory.resolve("out").toString();
    run("demo", out, "--overwrite");
    Path inputs = directory.resolve("out.inputs");
    run("run", inputs.resolve("slerp.yml").toString(), out, "--overwrite");
    for (String method : METHODS) {
      Path recipe = inputs.resolve(method + ".yml");
      Files.writeString(recipe, recipe(method, inputs));
      run("run", recipe.toString(), out, "--overwrite");
    }
  }

  private static void run(String... args) {
    PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
    int status = Main.execute(nowhere, nowhere, args);
    if (status != 0) {
      throw new IllegalStateException("%s ended with %d".formatted(String.join(" ", args), status));
    }
  }

  private static String recipe(String method, Path inputs) {
    String first =
        "{model: '%s', parameters: {weight: 0.4}}".formatted(inputs.resolve("letters-sort"));
    String second =
        "{model: '%s', parameters: {weight: 0.6}}".formatted(inputs.resolve("letters-rev"));
    String head = "merge_method: %s%ndtype: bfloat16%n".formatted(method);
    return switch (method) {
      case "passthrough" ->
          head + "models: [{model: '%s'}]%n".formatted(inputs.resolve("letters-sort"));
      case "linear" -> head + "models:%n- %s%n- %s%n".formatted(first, second);
      default ->
          head
              + (method.equals("task_arithmetic") ? "" : "parameters: {density: 0.5}%n".formatted())
              + "base_model: %s%nmodels:%n- %s%n".formatted(inputs.resolve("letters-sort"), second);
    };
  }
}
