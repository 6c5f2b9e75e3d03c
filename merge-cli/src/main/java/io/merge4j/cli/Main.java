// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/// The command `merge4j`.
@Command(
    name = "merge4j",
    description = "Merges models.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
public final class Main implements Runnable {
  private Main() {}

  /// Runs the command line and ends the process with its exit status.
  public static void main(String[] args) {
    System.exit(new CommandLine(new Main()).execute(args));
  }

  @Override
  public void run() {
    CommandLine.usage(this, System.out);
  }
}
