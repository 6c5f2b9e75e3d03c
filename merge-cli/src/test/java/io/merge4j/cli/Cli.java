// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;

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
}
