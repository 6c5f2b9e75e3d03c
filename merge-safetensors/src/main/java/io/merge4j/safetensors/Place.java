// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import io.merge4j.tensor.Piece;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;

/// Where a tensor goes.
///
/// @param position of its first byte in the file
/// @param missing how many of its bytes have not come yet
record Place(OutputFile file, long position, TensorSpec spec, AtomicLong missing) {

  Place(OutputFile file, long position, TensorSpec spec) {
    this(file, position, spec, new AtomicLong(spec.bytes()));
  }

  /// @throws IllegalArgumentException if bytes would leave the tensor
  void requireInside(long offset, int count) {
    if (offset < 0 || offset > spec.bytes() - count) {
      throw new IllegalArgumentException(
          "Tensor %s: found bytes from %d to %d, expected them inside 0 to %d"
              .formatted(spec, offset, offset + count, spec.bytes()));
    }
  }

  /// @throws IllegalStateException if the tensor was not written whole, or more than once
  void requireWhole() {
    if (missing.get() != 0) {
      throw new IllegalStateException(
          "Tensor %s: %d of its %d bytes were not written, expected each once"
              .formatted(spec, missing.get(), spec.bytes()));
    }
  }

  /// Writes bytes from wherever they are.
  void write(long offset, ByteBuffer bytes) throws IOException {
    counted(bytes.remaining(), () -> file.write(position + offset, bytes));
  }

  /// Room for bytes to be written from there.
  Piece piece(long offset, int size) {
    ByteBuffer room = file.room(position + offset, size);
    return new RoomPiece(this, offset, room, MemorySegment.ofBuffer(room));
  }

  /// @param room with nothing but the piece between its position and its limit
  private record RoomPiece(Place place, long offset, ByteBuffer room, MemorySegment bytes)
      implements Piece {
    @Override
    public void write() throws IOException {
      place.counted(room.remaining(), () -> place.file.writeRoom(place.position + offset, room));
    }
  }

  @FunctionalInterface
  private interface Write {
    void run() throws IOException;
  }

  private void counted(int count, Write write) throws IOException {
    try {
      write.run();
    } catch (IOException e) {
      throw SafetensorsException.unwritable(file.path(), e);
    }
    missing.addAndGet(-count);
  }
}
