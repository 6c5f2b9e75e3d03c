// SPDX-License-Identifier: Apache-2.0
package io.merge4j.tensor;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/// A piece for writers that have no wishes as to where it lies.
record HeapPiece(CheckpointWriter writer, String name, long offset, MemorySegment bytes)
    implements Piece {

  @Override
  public void write() throws IOException {
    writer.write(name, offset, bytes.asByteBuffer());
  }
}
