// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import io.merge4j.tensor.CheckpointWriter;
import io.merge4j.tensor.Piece;
import io.merge4j.tensor.Rooms;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/// Where a task writes a single tensor that is not, or not yet, in a checkpoint.
///
/// @param sink takes bytes of the tensor from a position on
/// @param rooms in which pieces are made
record Region(Sink sink, Rooms rooms) implements CheckpointWriter {

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
  public Piece piece(String name, long offset, int size) {
    ByteBuffer room = rooms.take(0, size);
    return new RoomPiece(this, offset, room, MemorySegment.ofBuffer(room));
  }

  private record RoomPiece(Region region, long offset, ByteBuffer room, MemorySegment bytes)
      implements Piece {
    @Override
    public void write() throws IOException {
      region.sink.write(offset, room);
      region.rooms.give(room);
    }
  }

  @Override
  public void finish(boolean sync) {}

  @Override
  public void close() {}
}
