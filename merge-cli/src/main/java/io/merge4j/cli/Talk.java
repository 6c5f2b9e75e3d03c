// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import java.io.PrintWriter;
import java.io.Writer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/// How much a command says besides its result.
final class Talk {

  @Option(
      names = {"-q", "--quiet"},
      description = "Say nothing unless something is wrong.")
  boolean quiet;

  @Option(
      names = {"-v", "--verbose"},
      description = "Say more.")
  boolean[] verbose = {};

  /// Where a command prints what it did: nowhere if it is quiet.
  PrintWriter results(CommandSpec spec) {
    return quiet ? new PrintWriter(Writer.nullWriter()) : spec.commandLine().getOut();
  }

  /// Makes it so from now on.
  void apply() {
    if (quiet) {
      Notes.threshold(System.Logger.Level.OFF);
    } else if (verbose.length > 0) {
      Notes.threshold(verbose.length > 1 ? System.Logger.Level.TRACE : System.Logger.Level.DEBUG);
    }
  }
}
