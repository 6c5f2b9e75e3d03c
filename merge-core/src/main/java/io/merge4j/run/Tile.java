// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import io.merge4j.Block;
import io.merge4j.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/// What a worker needs for a stretch of a tensor: windows to read it through, a block to compute
/// in, and room for the bytes of the result until they are written with one call.
public final class Tile {

  /// Size of the room for bytes, which is that of a stretch: what the largest outputs are best
  /// written in, past the page cache.
  static final int BYTES = 1 << 20;

  /// Bytes of a tile off the heap.
  public static final int OFF_HEAP = BYTES + Windows.BYTES;

  private final Block block = new Block();
  private final MemorySegment memory = Arena.ofAuto().allocate(OFF_HEAP, 64);
  private final MemorySegment bytes = memory.asSlice(0, BYTES);
  private final ByteBuffer buffer = bytes.asByteBuffer();
  private final Windows windows = new Windows(memory.asSlice(BYTES));

  /// Elements of a stretch: a multiple of the block, so that cutting never moves a block.
  static int elements(DType dtype) {
    return (int) (BYTES / dtype.bytes(Block.SIZE)) * Block.SIZE;
  }

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
