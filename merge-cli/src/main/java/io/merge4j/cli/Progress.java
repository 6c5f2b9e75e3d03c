// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import io.merge4j.MergeListener;
import java.io.Console;
import java.io.PrintWriter;
import java.util.Optional;

/// A display of progress; closing it leaves the terminal as it was.
interface Progress extends MergeListener, AutoCloseable {

  @Override
  default void close() {}

  /// More of a model has been sent to the repository it is published in.
  default void sending(String repo, long sent, long total) {}

  /// What suits standard error: a bar on a terminal, lines now and then elsewhere, nothing if
  /// `quiet`.
  static Progress display(PrintWriter err, boolean quiet) {
    if (quiet || new HubVariables(System.getenv()).hidesProgress()) {
      return new Progress() {};
    }
    return isTerminal() ? new ProgressOnTerminal(err) : new ProgressLines(err);
  }

  /// The launcher knows; without it, a console on both other ends makes it likely.
  private static boolean isTerminal() {
    String told = System.getenv("MERGE4J_TERMINAL");
    return told == null ? isInteractive() : told.equals("yes");
  }

  /// Whether somebody sits at both standard input and standard output.
  static boolean isInteractive() {
    return Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
  }
}
