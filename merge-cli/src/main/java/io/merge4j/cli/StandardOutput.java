// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
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

  @Override
  public void flush() throws IOException {
    try {
      out.flush();
    } catch (IOException e) {
      failure = e;
      throw e;
    }
  }

  /// The exit status of a command, of which not all results may have arrived; then says why on
  /// `err`, unless it is that their reader, such as `head`, has seen enough.
  ///
  /// @param status of the command itself, which it keeps unless it was 0
  int status(int status, PrintWriter err) {
    if (failure == null) {
      return status;
    }
    String reason = String.valueOf(failure.getMessage());
    boolean nobodyReads = reason.equals(closedPipe());
    if (!nobodyReads) {
      err.println(
          "merge4j: Cannot write to standard output: %s; what is there is not complete"
              .formatted(reason));
      err.flush();
    }
    return status != ExitCode.OK ? status : nobodyReads ? NOBODY_READS : ExitCode.SOFTWARE;
  }

  /// What the system says, in the user's language, of a pipe that nobody reads.
  private static @Nullable String closedPipe() {
    try {
      Pipe pipe = Pipe.open();
      pipe.source().close();
      try (Pipe.SinkChannel sink = pipe.sink()) {
        int _ = sink.write(ByteBuffer.allocate(1));
      }
      return null;
    } catch (IOException e) {
      return e.getMessage();
    }
  }
}
