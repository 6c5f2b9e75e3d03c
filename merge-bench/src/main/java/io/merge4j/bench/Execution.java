// SPDX-License-Identifier: Apache-2.0
package io.merge4j.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;

/// What a command took as a whole process, as far as the system tells.
///
/// The system is looked at every few milliseconds while the command runs, through `/proc`;
/// elsewhere only the time is known.
///
/// @param seconds from start to end
/// @param processor seconds of all its threads, without the last few milliseconds
/// @param anonymous largest anonymous memory seen, in bytes
/// @param firstWrite seconds until more than a log's worth had been written
record Execution(double seconds, double processor, long anonymous, OptionalDouble firstWrite) {

  private static final long LOOK_MILLIS = 20;
  private static final long TICKS_PER_SECOND = 100;
  private static final long LOG = 256 << 10;

  /// Runs a command to its end.
  ///
  /// @throws IllegalStateException if it fails
  static Execution of(List<String> command, Path log) throws IOException, InterruptedException {
    long start = System.nanoTime();
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    Path proc = Path.of("/proc", Long.toString(process.pid()));
    double processor = 0;
    long anonymous = 0;
    OptionalDouble firstWrite = OptionalDouble.empty();
    while (!process.waitFor(Duration.ofMillis(LOOK_MILLIS))) {
      processor = Math.max(processor, processor(proc));
      anonymous = Math.max(anonymous, field(proc.resolve("status"), "RssAnon:") * 1024);
      if (firstWrite.isEmpty() && field(proc.resolve("io"), "wchar:") > LOG) {
        firstWrite = OptionalDouble.of(seconds(start));
      }
    }
    double seconds = seconds(start);
    if (process.exitValue() != 0) {
      throw new IllegalStateException(
          "%s failed with %d:%n%s".formatted(command, process.exitValue(), Files.readString(log)));
    }
    return new Execution(seconds, processor, anonymous, firstWrite);
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) * 1e-9;
  }

  private static double processor(Path proc) {
    String stat = read(proc.resolve("stat"));
    int end = stat.lastIndexOf(')');
    if (end < 0) {
      return 0;
    }
    // After the name: state, then from field 4 on; user and system time are fields 14 and 15.
    List<String> fields = List.of(stat.substring(end + 2).split(" ", -1));
    return (double) (Long.parseLong(fields.get(11)) + Long.parseLong(fields.get(12)))
        / TICKS_PER_SECOND;
  }

  private static long field(Path file, String name) {
    return read(file)
        .lines()
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
