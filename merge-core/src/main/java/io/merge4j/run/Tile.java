// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import io.merge4j.Block;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/// What a worker needs for a stretch of a tensor: windows to read it through, a block to compute
/// in, and room for the bytes of the result until they are written with one call.
public final class Tile {

  /// Elements of a stretch: a multiple of the block, so that cutting never moves a block. 256 kB at
  /// 16 bits an element, for the reason that [#COPIED] gives.
  static final int ELEMENTS = 32 * Block.SIZE;

  /// Size of the room for bytes: a stretch of the widest type.
  static final int BYTES = 8 * ELEMENTS;

  /// Bytes of a tile off the heap.
  public static final int OFF_HEAP = BYTES + Windows.BYTES;

  /// Bytes of a stretch that is copied: with four times as many, whole copies take twice as long at
  /// times on some machines, and a little less on others.
  static final int COPIED = 1 << 18;

  private final Block block = new Block();
  private final MemorySegment memory = Arena.ofAuto().allocate(OFF_HEAP, 64);
  private final MemorySegment bytes = memory.asSlice(0, BYTES);
  private final ByteBuffer buffer = bytes.asByteBuffer();
  private final Windows windows = new Windows(memory.asSlice(BYTES));

  Block block() {
    return block;
  }

  Windows windows() {
    return windows;
  }

  MemorySegment bytes() {
    return bytes;
  }

  /// The first `count` bytes, to be written before this is asked again.
  ByteBuffer filled(long count) {
    return buffer.clear().limit(Math.toIntExact(count));
  }
}
