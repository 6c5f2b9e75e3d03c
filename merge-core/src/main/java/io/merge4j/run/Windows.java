// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import io.merge4j.Block;
import io.merge4j.kernel.Kernels;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/// Decodes the operands of a stretch, block by block, from copies of longer runs of their bytes.
///
/// A processor fetches long runs from memory faster than blocks of several tensors in turn, each of
/// which it begins slowly, and then decodes from its cache. Read as they are: tensors that are
/// computed, float32, which is copied anyway, and those of which a window would hold one block
/// only.
final class Windows {

  /// Bytes of all windows of a thread: few enough for the core's own cache.
  static final int BYTES = 1 << 18;

  /// Bytes of a window, at most.
  private static final int LONGEST = 1 << 15;

  private final MemorySegment bytes;
  private Tensor[] tensors = {};
  private Window[] windows = {};
  private long end;

  /// @param bytes room for them
  Windows(MemorySegment bytes) {
    this.bytes = bytes;
  }

  /// Begins a stretch.
  ///
  /// @param newEnd element before which it ends
  Windows over(Tensor[] newTensors, long newEnd) {
    tensors = newTensors;
    end = newEnd;
    if (windows.length != tensors.length) {
      windows = new Window[tensors.length];
      int length = Math.min(LONGEST, BYTES / Math.max(1, windows.length));
      for (int i = 0; i < windows.length; i++) {
        windows[i] = new Window(bytes.asSlice((long) i * length, length), tensors[i]);
      }
    }
    for (int i = 0; i < windows.length; i++) {
      windows[i].open(tensors[i]);
    }
    return this;
  }

  /// Decodes the block's elements of some operands.
  void fill(Block block, int[] operands) {
    for (int i : operands) {
      windows[i].read(block.first(), block.size(), block.operands()[i], end);
    }
  }

  /// How many elements of an operand are NaN or infinite in the block that was filled last.
  int nonFinite(Block block, int operand) {
    return windows[operand].nonFinite(block.first(), block.size(), block.operands()[operand]);
  }

  /// A run of one tensor's elements.
  private static final class Window {
    private final MemorySegment bytes;
    private Tensor tensor;
    private DType dtype;

    /// Elements that are copied at a time; 0 to copy none.
    private int length;

    /// Room for as many as were copied last: mostly the same number, and no new object for it.
    private MemorySegment run;

    private long from;
    private long to;

    Window(MemorySegment bytes, Tensor tensor) {
      this.bytes = bytes;
      this.tensor = tensor;
      this.dtype = tensor.spec().dtype();
      this.run = bytes;
    }

    void open(Tensor newTensor) {
      tensor = newTensor;
      dtype = tensor.spec().dtype();
      from = 0;
      to = 0;
      boolean copies = tensor.bytes().isPresent() && dtype.isFloat() && dtype != DType.F32;
      int blocks = copies ? (int) (bytes.byteSize() / dtype.bytes(Block.SIZE)) : 0;
      length = blocks > 1 ? blocks * Block.SIZE : 0;
    }

    void read(long first, int count, float[] into, long end) {
      if (length == 0) {
        tensor.read(first, count, into, 0);
        return;
      }
      if (first < from || first + count > to) {
        from = first;
        to = Math.min(first + length, end);
        long size = dtype.bytes(to - from);
        if (run.byteSize() != size) {
          run = bytes.asSlice(0, size);
        }
        tensor.copy(dtype.bytes(from), run);
      }
      Kernels.best().decode(dtype, bytes, dtype.bytes(first - from), into, 0, count);
    }

    /// Looks at the bytes where they tell, half as many as those they decode to; else at these.
    int nonFinite(long first, int count, float[] values) {
      boolean known =
          length > 0 && Kernels.best().knownFinite(dtype, bytes, dtype.bytes(first - from), count);
      return known ? 0 : Kernels.best().nonFinite(values, 0, count);
    }
  }
}
