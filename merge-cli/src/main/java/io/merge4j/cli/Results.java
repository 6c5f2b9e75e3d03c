// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import io.merge4j.MergeException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/// Files that results are written to, apart from models.
final class Results {

  /// What names of results end in.
  private static final List<String> ENDINGS = List.of(".json", ".txt", ".svg", ".md", ".mmd");

  private Results() {}

  /// Checks a place before work is done for what will be written there.
  ///
  /// @throws UsageException if no file can be written there
  static void check(Path file) {
    Path parent = file.toAbsolutePath().getParent();
    if (Files.isDirectory(file) || parent == null || !Files.isDirectory(parent)) {
      throw new UsageException(
          "Cannot write %s, expected a file in a directory that exists".formatted(file));
    }
    Path locked = Files.exists(file) ? file : parent;
    if (!Files.isWritable(locked)) {
      throw new UsageException(
          "Cannot write %s: %s is read-only for this user; choose another place"
              .formatted(file, locked));
    }
    if (Files.isRegularFile(file) && !mayBeResult(file)) {
      throw new UsageException(
          "Cannot write %s: it exists, and is a file of a model or no earlier result (%s); choose another place"
              .formatted(file, String.join(", ", ENDINGS)));
    }
  }

  /// Whether a file may be replaced: weights, recipes and what lies beside a model may not.
  private static boolean mayBeResult(Path file) {
    try {
      Path real = file.toRealPath();
      return ENDINGS.stream().anyMatch(real.toString()::endsWith)
          && !Files.exists(real.resolveSibling("config.json"))
          && !Files.exists(real.resolveSibling("adapter_config.json"));
    } catch (IOException e) {
      return false;
    }
  }

  /// Writes a file in a place that was checked.
  ///
  /// @throws MergeException if it cannot be written, such as for want of room
  static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new MergeException(failure(file, e), e);
    }
  }

  /// What to tell of a place that could not be written.
  static String failure(Path place, IOException e) {
    return "Cannot write %s: %s; choose another place, or make room there"
        .formatted(place, reason(e));
  }

  /// Some exceptions of files have nothing but the file for a message.
  private static String reason(IOException e) {
    return switch (e) {
      case AccessDeniedException _ -> "access denied";
      case NoSuchFileException _ -> "no such directory";
      case FileAlreadyExistsException _ -> "a file is in its place";
      case FileSystemException told ->
          Objects.requireNonNullElse(told.getReason(), "it cannot be opened");
      default -> String.valueOf(e.getMessage());
    };
  }
}
