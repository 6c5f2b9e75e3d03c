// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import io.merge4j.tensor.CheckpointWriter;
import java.io.IOException;
import java.nio.ByteBuffer;

/// Where a task writes a single tensor that is not, or not yet, in a checkpoint.
///
/// @param sink takes bytes of the tensor from a position on
record Region(Sink sink) implements CheckpointWriter {

  /// What takes the bytes.
  @FunctionalInterface
  interface Sink {
    void write(long at, ByteBuffer bytes) throws IOException;
  }

  @Override
  public void write(String name, long offset, ByteBuffer bytes) throws IOException {
    sink.write(offset, bytes);
  }

  @Override
  public void finish(boolean sync) {}

  @Override
  public void close() {}
}
