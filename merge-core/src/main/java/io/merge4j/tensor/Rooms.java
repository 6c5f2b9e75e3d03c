// SPDX-License-Identifier: Apache-2.0
package io.merge4j.tensor;

import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentLinkedDeque;

/// Memory off the heap from which pieces of a file are written, aligned to blocks and used again
/// and again, by many threads; for those who implement [CheckpointWriter#piece].
///
/// What is not given back, since its piece could not be made or written, is left to the garbage
/// collector.
public final class Rooms {

  private final int block;
  private final int usual;
  private final ConcurrentLinkedDeque<ByteBuffer> free = new ConcurrentLinkedDeque<>();

  /// @param block bytes of a block
  /// @param usual bytes of a piece, mostly
  public Rooms(int block, int usual) {
    this.block = block;
    this.usual = usual;
  }

  /// Room for bytes, between its position and its limit: as far from its beginning as they are from
  /// that of their block, with room for the rest of the block in which they end.
  ///
  /// @param position of the first of them in the file
  /// @param count 2^30 at most
  public ByteBuffer take(long position, int count) {
    int start = (int) (position % block);
    int needed = Math.ceilDiv(start + count, block) * block;
    ByteBuffer known = free.pollFirst();
    ByteBuffer room = known == null || known.capacity() < needed ? make(needed) : known;
    return room.clear().limit(start + count).position(start);
  }

  private ByteBuffer make(int least) {
    return Arena.ofAuto().allocate(Math.max(least, usual + block), block).asByteBuffer();
  }

  /// Takes room back.
  public void give(ByteBuffer room) {
    free.addFirst(room);
  }
}
