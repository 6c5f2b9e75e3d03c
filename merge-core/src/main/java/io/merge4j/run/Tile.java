// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import io.merge4j.Block;
import io.merge4j.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// What a worker needs for a stretch of a tensor: windows to read it through, a block to compute
/// in, and room for the bytes of one that is looked at as it stands in a file.
public final class Tile {

  /// Bytes of a stretch: what the largest outputs are best written in, past the page cache.
  static final int BYTES = 1 << 20;

  /// That of memory which kernels read and write.
  static final int ALIGNMENT = 64;

  /// Bytes off the heap that a worker takes: a piece of the output, and windows.
  public static final int OFF_HEAP = BYTES + Windows.BYTES;

  private final Block block = new Block();
  private final Windows windows = new Windows(allocate(Windows.BYTES));
  private @Nullable MemorySegment bytes;

  private static MemorySegment allocate(long size) {
    return Arena.ofAuto().allocate(size, ALIGNMENT);
  }

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

  /// The room for bytes, of which there is none before it is asked for.
  MemorySegment bytes() {
    MemorySegment room = bytes == null ? allocate(BYTES) : bytes;
    bytes = room;
    return room;
  }
}
