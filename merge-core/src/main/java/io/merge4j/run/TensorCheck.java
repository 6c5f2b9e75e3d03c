// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import io.merge4j.Block;
import io.merge4j.kernel.Kernels;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.SourceFiles;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/// Looks at every element of a tensor once.
final class TensorCheck {

  /// @param checksum of the bytes
  /// @param nan number of NaNs, 0 for a type that is not floating
  /// @param infinite number of infinite elements
  /// @param constant whether a floating tensor of several elements has the same value throughout
  /// @param zero whether that is 0
  record Result(int checksum, long nan, long infinite, boolean constant, boolean zero) {}

  private final Tensor tensor;
  private final TensorSpec spec;
  private final SourceFiles files;
  private final Workers workers;
  private final Checksum checksum;
  private final AtomicLong nan = new AtomicLong();
  private final AtomicLong infinite = new AtomicLong();
  private final AtomicBoolean varies = new AtomicBoolean();

  /// @param files that the tensor is read from
  TensorCheck(Tensor tensor, SourceFiles files, Workers workers) {
    this.tensor = tensor;
    this.files = files;
    this.spec = tensor.spec();
    this.workers = workers;
    this.checksum = new Checksum(spec.bytes());
  }

  Result run() {
    workers.inStretches(spec.elements(), Tile.elements(spec.dtype()), this::guarded);
    boolean constant = spec.dtype().isFloat() && spec.elements() > 1 && !varies.get();
    boolean zero = constant && isZero();
    return new Result(checksum.value(), nan.get(), infinite.get(), constant, zero);
  }

  private void guarded(Tile tile, long at, int size) {
    try {
      look(tile, at, size);
    } catch (InternalError e) {
      throw files.unreadable(spec.name(), e);
    }
  }

  private void look(Tile tile, long at, int size) {
    DType dtype = spec.dtype();
    MemorySegment bytes = tile.bytes().asSlice(0, dtype.bytes(size));
    tensor.copy(dtype.bytes(at), bytes);
    checksum.add(dtype.bytes(at), bytes.asByteBuffer());
    if (!dtype.isFloat()) {
      return;
    }
    if (!varies.get()) {
      compare(bytes);
    }
    float[] values = tile.block().out();
    for (int done = 0; done < size; done += Block.SIZE) {
      int count = Math.min(Block.SIZE, size - done);
      if (!Kernels.best().knownFinite(dtype, bytes, dtype.bytes(done), count)) {
        Kernels.best().decode(dtype, bytes, dtype.bytes(done), values, 0, count);
        if (Kernels.best().nonFinite(values, 0, count) > 0) {
          count(values, count);
        }
      }
    }
  }

  /// Each element with the next, and the first with the tensor's first.
  private void compare(MemorySegment bytes) {
    MemorySegment first = first();
    long width = first.byteSize();
    long rest = bytes.byteSize() - width;
    if (bytes.asSlice(0, width).mismatch(first) >= 0
        || bytes.asSlice(0, rest).mismatch(bytes.asSlice(width)) >= 0) {
      varies.set(true);
    }
  }

  private MemorySegment first() {
    MemorySegment first = MemorySegment.ofArray(new byte[(int) spec.dtype().bytes(1)]);
    tensor.copy(0, first);
    return first;
  }

  private boolean isZero() {
    try {
      return isZero(first());
    } catch (InternalError e) {
      throw files.unreadable(spec.name(), e);
    }
  }

  private static boolean isZero(MemorySegment bytes) {
    for (long i = 0; i < bytes.byteSize(); i++) {
      if (bytes.get(ValueLayout.JAVA_BYTE, i) != 0) {
        return false;
      }
    }
    return true;
  }

  private void count(float[] values, int count) {
    for (int i = 0; i < count; i++) {
      if (Float.isNaN(values[i])) {
        nan.incrementAndGet();
      } else if (Float.isInfinite(values[i])) {
        infinite.incrementAndGet();
      }
    }
  }
}
