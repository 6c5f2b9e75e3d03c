// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A process on its way, in a directory, whose output goes to files there.
final class Started {

  private final Path out;
  private final Path err;
  private final Process process;

  Started(ProcessBuilder builder, Path directory) throws IOException {
    out = Files.createTempFile(directory, "out", "");
    err = Files.createTempFile(directory, "err", "");
    builder.directory(directory.toFile());
    process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
  }

  /// Waits for its end, a minute at most.
  Result end() throws IOException, InterruptedException {
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Result(process.exitValue(), Files.readAllLines(out), Files.readString(err));
  }

  /// How it ended.
  record Result(int status, List<String> out, String err) {}
}
