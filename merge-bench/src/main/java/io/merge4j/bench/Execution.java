// SPDX-License-Identifier: Apache-2.0
package io.merge4j.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/// What a command took as a whole process with all its children, as far as the system tells.
///
/// The system is looked at every few milliseconds while the command runs, through `/proc`;
/// elsewhere only the time is known. What processes use between the last look and their end is
/// missed.
///
/// @param seconds from start to end
/// @param processor seconds of all threads
/// @param anonymous largest anonymous memory seen, in bytes
/// @param resident largest resident memory seen, in bytes: with mapped files as far as they are in
///   memory
/// @param firstWrite seconds until more than a log's worth had been written
/// @param written bytes of the output
record Execution(
    double seconds,
    double processor,
    long anonymous,
    long resident,
    OptionalDouble firstWrite,
    long written) {

  private static final long LOOK_MILLIS = 20;
  private static final long LOG = 256 << 10;

  /// Runs a command to its end.
  ///
  /// @param output the directory that it writes
  /// @throws IllegalStateException if it fails
  static Execution of(List<String> command, Path output, Path log)
      throws IOException, InterruptedException {
    long start = System.nanoTime();
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    double processor = 0;
    long anonymous = 0;
    long resident = 0;
    OptionalDouble firstWrite = OptionalDouble.empty();
    while (!process.waitFor(Duration.ofMillis(LOOK_MILLIS))) {
      Usage usage = Usage.of(process.pid());
      processor = Math.max(processor, usage.processor());
      anonymous = Math.max(anonymous, usage.anonymous());
      resident = Math.max(resident, usage.resident());
      if (firstWrite.isEmpty() && usage.written() > LOG) {
        firstWrite = OptionalDouble.of(seconds(start));
      }
    }
    double seconds = seconds(start);
    if (process.exitValue() != 0) {
      throw new IllegalStateException(
          "%s failed with %d:%n%s".formatted(command, process.exitValue(), Files.readString(log)));
    }
    return new Execution(seconds, processor, anonymous, resident, firstWrite, size(output));
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) * 1e-9;
  }

  private static long size(Path directory) throws IOException {
    long size = 0;
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        size += Files.size(file);
      }
    }
    return size;
  }
}
