// SPDX-License-Identifier: Apache-2.0
package io.merge4j.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/// What a process and its children use at a moment, by Linux's `/proc`; zeros elsewhere.
///
/// @param anonymous bytes of anonymous memory
/// @param resident bytes of memory, with mapped files
/// @param written bytes written so far by processes that are still there
record Usage(long anonymous, long resident, long written) {

  /// Asks for children by name rather than look through all processes, which would take time from
  /// what is measured.
  static Usage of(long process) {
    Path proc = Path.of("/proc", Long.toString(process));
    Path children = proc.resolve("task").resolve(Long.toString(process)).resolve("children");
    return Arrays.stream(read(children).strip().split(" ", -1))
        .filter(child -> !child.isEmpty())
        .map(child -> of(Long.parseLong(child)))
        .reduce(of(proc), Usage::plus);
  }

  private static Usage of(Path proc) {
    String status = read(proc.resolve("status"));
    return new Usage(
        field(status, "RssAnon:") * 1024,
        field(status, "VmRSS:") * 1024,
        field(read(proc.resolve("io")), "wchar:"));
  }

  private Usage plus(Usage other) {
    return new Usage(
        anonymous + other.anonymous, resident + other.resident, written + other.written);
  }

  private static long field(String text, String name) {
    return text.lines()
        .filter(line -> line.startsWith(name))
        .map(line -> line.substring(name.length()).strip().replace(" kB", ""))
        .mapToLong(Long::parseLong)
        .findFirst()
        .orElse(0);
  }

  private static String read(Path file) {
    try {
      return Files.exists(file) ? Files.readString(file) : "";
    } catch (IOException | UncheckedIOException e) {
      return ""; // The process has just ended.
    }
  }
}
