// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ExitCode;

/// Where results go. Remembers why they could not, which writers that print keep to themselves.
final class StandardOutput extends FilterOutputStream {

  /// What shells tell of programs that are ended since nobody reads what they write.
  private static final int NOBODY_READS = 128 + 13;

  private @Nullable IOException failure;

  StandardOutput(OutputStream out) {
    super(out);
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    try {
      out.write(bytes, offset, length);
    } catch (IOException e) {
      failure = e;
      throw e;
    }
  }

  /// The exit status of a command whose results did not all arrive; says why on `err`, unless it is
  /// that their reader, such as `head`, has seen enough.
  ///
  /// @param status of the command itself, which it keeps unless it was 0
  int status(int status, PrintWriter err) {
    if (status != ExitCode.OK || failure == null) {
      return status;
    }
    String reason = String.valueOf(failure.getMessage());
    if (reason.contains("pipe")) {
      return NOBODY_READS;
    }
    err.println(
        "merge4j: Cannot write to standard output: %s; what it got is not all".formatted(reason));
    err.flush();
    return ExitCode.SOFTWARE;
  }
}
