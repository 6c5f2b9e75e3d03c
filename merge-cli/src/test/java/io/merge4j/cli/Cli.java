// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Runs commands as a shell would, in this process.
final class Cli {

  /// What a command did.
  record Result(int status, String out, String err) {}

  private Cli() {}

  static Result run(Object... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    String[] texts = new String[args.length];
    for (int i = 0; i < args.length; i++) {
      texts[i] = args[i].toString();
    }
    int status = Main.execute(new PrintWriter(out), new PrintWriter(err), texts);
    return new Result(status, out.toString(), err.toString());
  }

  /// A recipe that people have.
  static Path recipe(String name) {
    return Path.of("src/test/resources/recipes", name);
  }

  /// Starts a Java program in a process of its own, with another environment.
  ///
  /// @param more of the class path, after this process's
  static Process process(Map<String, String> environment, String more, String... command)
      throws IOException {
    String path =
        Stream.of(
                System.getProperty("java.class.path"), System.getProperty("jdk.module.path"), more)
            .filter(Objects::nonNull)
            .filter(part -> !part.isEmpty())
            .collect(Collectors.joining(File.pathSeparator));
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp", path);
    builder.command().addAll(List.of(command));
    builder.environment().putAll(environment);
    return builder.redirectErrorStream(true).start();
  }
}
