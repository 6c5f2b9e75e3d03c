// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

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

  /// Makes it so from now on.
  void apply() {
    if (quiet) {
      Notes.threshold(System.Logger.Level.OFF);
    } else if (verbose.length > 0) {
      Notes.threshold(verbose.length > 1 ? System.Logger.Level.TRACE : System.Logger.Level.DEBUG);
    }
  }
}
