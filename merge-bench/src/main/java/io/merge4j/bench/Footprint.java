// SPDX-License-Identifier: Apache-2.0
package io.merge4j.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;

/// The memory that a command took with all its children, and when it began to write, as far as the
/// system tells.
///
/// The system is looked at every few milliseconds while the command runs, through `/proc`;
/// elsewhere nothing is known. What processes use between the last look and their end is missed.
///
/// @param anonymous largest anonymous memory seen, in bytes
/// @param resident largest resident memory seen, in bytes: with mapped files as far as they are in
///   memory
/// @param firstWrite seconds until more than a log's worth had been written
record Footprint(long anonymous, long resident, OptionalDouble firstWrite) {

  private static final long LOOK_MILLIS = 20;
  private static final long LOG = 256 << 10;

  /// Runs a command to its end.
  ///
  /// @throws IllegalStateException if it fails
  static Footprint of(List<String> command, Path log) throws IOException, InterruptedException {
    long start = System.nanoTime();
    Process process = Execution.start(command, log);
    long anonymous = 0;
    long resident = 0;
    OptionalDouble firstWrite = OptionalDouble.empty();
    while (!process.waitFor(Duration.ofMillis(LOOK_MILLIS))) {
      Usage usage = Usage.of(process.pid());
      anonymous = Math.max(anonymous, usage.anonymous());
      resident = Math.max(resident, usage.resident());
      if (firstWrite.isEmpty() && usage.written() > LOG) {
        firstWrite = OptionalDouble.of((System.nanoTime() - start) * 1e-9);
      }
    }
    Execution.requireSuccess(process, command, log);
    return new Footprint(anonymous, resident, firstWrite);
  }
}
