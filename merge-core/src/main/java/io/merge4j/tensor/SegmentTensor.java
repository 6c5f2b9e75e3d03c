// SPDX-License-Identifier: Apache-2.0
package io.merge4j.tensor;

import static java.util.Objects.checkFromIndexSize;

import io.merge4j.kernel.Kernels;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Optional;

/// A tensor whose packed elements lie in one memory segment, mapped or on the heap.
record SegmentTensor(TensorSpec spec, MemorySegment data) implements Tensor {

  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  SegmentTensor {
    if (data.byteSize() != spec.bytes()) {
      throw new IllegalArgumentException(
          "Tensor %s needs %d bytes, but its segment has %d"
              .formatted(spec, spec.bytes(), data.byteSize()));
    }
    data = data.asReadOnly();
  }

  static MemorySegment littleEndian(float[] values) {
    MemorySegment segment = MemorySegment.ofArray(new byte[Math.multiplyExact(values.length, 4)]);
    MemorySegment.copy(values, 0, segment, FLOAT, 0, values.length);
    return segment;
  }

  @Override
  public void read(long first, int count, float[] into, int at) {
    if (!spec.dtype().isFloat()) {
      throw new UnsupportedOperationException(
          "Tensor %s cannot be decoded to float32: %s is not a floating type"
              .formatted(spec.name(), spec.dtype()));
    }
    checkFromIndexSize(first, count, spec.elements());
    checkFromIndexSize(at, count, into.length);
    Kernels.best().decode(spec.dtype(), data, spec.dtype().bytes(first), into, at, count);
  }

  @Override
  public Optional<MemorySegment> bytes() {
    return Optional.of(data);
  }

  @Override
  public void copy(long firstByte, MemorySegment into) {
    MemorySegment.copy(data, firstByte, into, 0, into.byteSize());
  }
}
