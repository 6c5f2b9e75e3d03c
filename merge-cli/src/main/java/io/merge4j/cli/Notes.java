// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import java.io.PrintWriter;
import java.text.MessageFormat;
import java.util.ResourceBundle;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What the library logs, as plain lines on standard error.
///
/// It stands in for `java.util.logging`, which would take longer to start than many a command runs.
public final class Notes extends System.LoggerFinder {

  private static final String LIBRARY = "io.merge4j";

  private static volatile @Nullable PrintWriter writer;
  private static volatile System.Logger.Level threshold = System.Logger.Level.INFO;

  /// For [java.util.ServiceLoader].
  public Notes() {}

  /// Prints to `target` from now on, as much as commands do unless told otherwise.
  static void to(PrintWriter target) {
    writer = target;
    threshold = new HubVariables(System.getenv()).level();
  }

  /// Prints lines of that level and above from now on.
  static void threshold(System.Logger.Level level) {
    threshold = level;
  }

  /// Prints a line, unless notes are off.
  static void note(String text) {
    if (threshold.compareTo(System.Logger.Level.WARNING) <= 0) {
      print(text);
    }
  }

  private static void print(String text) {
    PrintWriter target = writer;
    if (target == null) {
      System.err.println("note: " + text);
    } else {
      target.println("note: " + text);
      target.flush();
    }
  }

  @Override
  public System.Logger getLogger(String name, Module module) {
    return new Lines(name);
  }

  /// Other libraries and the JDK have their warnings shown only.
  private record Lines(String name) implements System.Logger {

    @Override
    public String getName() {
      return name;
    }

    @Override
    public boolean isLoggable(Level level) {
      boolean ours = name.startsWith(LIBRARY);
      return level != Level.OFF
          && level.compareTo(threshold) >= 0
          && (ours || level.compareTo(Level.WARNING) >= 0);
    }

    @Override
    public void log(
        Level level,
        @Nullable ResourceBundle bundle,
        @Nullable String text,
        @Nullable Throwable thrown) {
      if (isLoggable(level)) {
        print(text + (thrown == null ? "" : ": " + thrown));
      }
    }

    @Override
    public void log(
        Level level,
        @Nullable ResourceBundle bundle,
        @Nullable String format,
        @Nullable Object @Nullable ... parameters) {
      if (isLoggable(level)) {
        boolean plain = format == null || parameters == null || parameters.length == 0;
        print(plain ? String.valueOf(format) : MessageFormat.format(format, parameters));
      }
    }

    @Override
    public void log(Level level, Supplier<String> text) {
      if (isLoggable(level)) {
        print(text.get());
      }
    }
  }
}
