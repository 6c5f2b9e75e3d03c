// SPDX-License-Identifier: Apache-2.0
package io.merge4j.bench;

import com.google.common.base.Splitter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// What a command took as a whole process with all its children. Nothing looks at it while it runs,
/// for that takes time from it.
///
/// @param seconds from start to end
/// @param processor seconds of all threads, as the shell tells them
/// @param written bytes of the output
record Execution(double seconds, double processor, long written) {

  /// Runs a command, then writes the times of the shell and those of its children.
  private static final String TIMED = "\"$@\"; status=$?; times >\"$0\"; exit $status";

  /// Runs a command to its end.
  ///
  /// @param output the directory that it writes
  /// @throws IllegalStateException if it fails
  static Execution of(List<String> command, Path output, Path log)
      throws IOException, InterruptedException {
    Path times = log.resolveSibling("times.txt");
    List<String> timed = new ArrayList<>(List.of("sh", "-c", TIMED, times.toString()));
    timed.addAll(command);
    long start = System.nanoTime();
    Process process = start(timed, log);
    process.waitFor();
    double seconds = (System.nanoTime() - start) * 1e-9;
    requireSuccess(process, command, log);
    return new Execution(seconds, processor(Files.readAllLines(times)), size(output));
  }

  static Process start(List<String> command, Path log) throws IOException {
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
  }

  static void requireSuccess(Process process, List<String> command, Path log) throws IOException {
    if (process.exitValue() != 0) {
      throw new IllegalStateException(
          "%s failed with %d:%n%s".formatted(command, process.exitValue(), Files.readString(log)));
    }
  }

  /// Of two lines like `0m1.250000s 0m0.340000s`, user and system, the second is of the children.
  private static double processor(List<String> times) {
    double seconds = 0;
    for (String time : Splitter.on(' ').split(times.get(1))) {
      int minutes = time.indexOf('m');
      seconds += 60 * Double.parseDouble(time.substring(0, minutes));
      seconds += Double.parseDouble(time.substring(minutes + 1, time.length() - 1));
    }
    return seconds;
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
