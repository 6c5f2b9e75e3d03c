// SPDX-License-Identifier: Apache-2.0
package io.merge4j.tensor;

import static java.util.Objects.checkFromIndexSize;

import io.merge4j.kernel.Kernels;
import java.lang.foreign.MemorySegment;

/// A tensor whose elements are computed when they are read, and rounded to its type.
///
/// It reads as the stored tensor of the same elements would, to the bit.
///
/// @param spec a type that [can be written][DType#isWritable]
/// @param workingBytes heap that reading takes as long as the tensor is in use, at most
public record ComputedTensor(TensorSpec spec, Elements elements, long workingBytes)
    implements Tensor {

  private static final int BLOCK = 4096;

  /// Where the elements come from.
  @FunctionalInterface
  public interface Elements {

    /// Computes `count` elements from element `first` on, into `into[at]` and following.
    ///
    /// May be called by many threads at once. Results depend on the elements' numbers alone, not on
    /// how reads are cut.
    void compute(long first, int count, float[] into, int at);
  }

  /// Checks the type.
  ///
  /// @throws IllegalArgumentException if elements can't be rounded to it
  public ComputedTensor {
    if (!spec.dtype().isWritable()) {
      throw new IllegalArgumentException(
          "Computed tensor %s, expected one of the types %s"
              .formatted(spec, DType.writableNames()));
    }
  }

  @Override
  public void read(long first, int count, float[] into, int at) {
    checkFromIndexSize(first, count, spec.elements());
    checkFromIndexSize(at, count, into.length);
    elements.compute(first, count, into, at);
    if (spec.dtype().bits() < Float.SIZE) {
      Kernels kernels = Kernels.best();
      MemorySegment rounded = buffer(count);
      for (int done = 0; done < count; done += BLOCK) {
        int size = Math.min(BLOCK, count - done);
        kernels.encode(spec.dtype(), into, at + done, size, rounded, 0);
        kernels.decode(spec.dtype(), rounded, 0, into, at + done, size);
      }
    }
  }

  @Override
  public void copy(long firstByte, MemorySegment into) {
    checkFromIndexSize(firstByte, into.byteSize(), spec.bytes());
    long width = spec.dtype().bytes(1);
    long total = into.byteSize();
    float[] values = new float[(int) Math.min(BLOCK, spec.elements())];
    MemorySegment bytes = buffer(values.length);
    for (long done = 0; done < total; ) {
      long first = (firstByte + done) / width;
      long skip = (firstByte + done) % width;
      int count = (int) Math.min(values.length, spec.elements() - first);
      long size = Math.min(total - done, count * width - skip);
      elements.compute(first, count, values, 0);
      Kernels.best().encode(spec.dtype(), values, 0, count, bytes, 0);
      MemorySegment.copy(bytes, skip, into, done, size);
      done += size;
    }
  }

  private MemorySegment buffer(long elements) {
    return MemorySegment.ofArray(new byte[(int) spec.dtype().bytes(Math.min(BLOCK, elements))]);
  }
}
