// SPDX-License-Identifier: Apache-2.0
package io.merge4j.tensor;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/// Files of a [CheckpointLayout] being filled, in any order and by many threads at once.
///
/// The caller writes every byte of every tensor once, then calls [#finish]. Files are written by
/// position and never mapped, so that a full disk is an [IOException].
public interface CheckpointWriter extends AutoCloseable {

  /// Writes the remaining bytes of `bytes` at byte `offset` of the data of tensor `name`.
  ///
  /// @throws IllegalArgumentException if the layout has no such tensor or the bytes leave it
  void write(String name, long offset, ByteBuffer bytes) throws IOException;

  /// Lends room for `size` bytes from byte `offset` of the data of tensor `name` on, placed in
  /// memory as suits their way to the file. Filled and written, they need not be copied once more.
  ///
  /// @throws IllegalArgumentException if the layout has no such tensor or the bytes leave it; here,
  ///   or where the piece is written
  default Piece piece(String name, long offset, int size) {
    return new HeapPiece(this, name, offset, MemorySegment.ofArray(new byte[size]));
  }

  /// Whether what writes waits until the storage device has taken it, so that the device should be
  /// given something all the time.
  default boolean waitsForDevice() {
    return false;
  }

  /// Reads back bytes of tensor `name` from byte `offset` on; fills all of `into`.
  ///
  /// @throws UnsupportedOperationException unless the writer was resumed
  default void read(String name, long offset, ByteBuffer into) throws IOException {
    throw new UnsupportedOperationException("This writer does not read");
  }

  /// Counts a tensor as written that an earlier run has written.
  ///
  /// @throws UnsupportedOperationException unless the writer was resumed
  default void keep(String name) throws IOException {
    throw new UnsupportedOperationException("This writer was not resumed");
  }

  /// Forces what was written so far to the storage device; others may go on writing.
  default void force() throws IOException {}

  /// Completes the files: headers, and an index where the format has one, written last.
  ///
  /// @param sync whether to force the files to the storage device first
  void finish(boolean sync) throws IOException;

  /// Releases the files; without [#finish] their content is incomplete, and the caller deletes
  /// them.
  @Override
  void close() throws IOException;
}
