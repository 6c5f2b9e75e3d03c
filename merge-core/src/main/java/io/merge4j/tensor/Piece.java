// SPDX-License-Identifier: Apache-2.0
package io.merge4j.tensor;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/// Room for bytes of a tensor, lent by a [CheckpointWriter], from which they go to their file as
/// they are.
public interface Piece {

  /// The room: all of it is to be filled.
  MemorySegment bytes();

  /// Writes what the room was filled with, at once or a little later. It is done once, and no one
  /// touches the room from then on.
  ///
  /// @throws IOException if it, or an earlier piece, could not be written
  void write() throws IOException;
}
