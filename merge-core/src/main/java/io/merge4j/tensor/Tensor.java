// SPDX-License-Identifier: Apache-2.0
package io.merge4j.tensor;

import java.lang.foreign.MemorySegment;
import java.util.Optional;

/// A readable tensor: a slice of a mapped checkpoint, or a view that computes its elements from
/// others.
///
/// Elements are numbered row-major from 0. Nothing is held in memory: every call reads just what it
/// is asked for. Implementations are immutable and may be read by many threads at once; reads fail
/// with [IllegalStateException] once the checkpoint they come from is closed.
public interface Tensor {

  /// Name, element type and shape.
  TensorSpec spec();

  /// Decodes `count` elements from element `first` on to float32, into `into[at]` and following.
  ///
  /// F64 is rounded to nearest even; all other floating types widen exactly.
  ///
  /// @throws UnsupportedOperationException if the type is not [floating][DType#isFloat]
  /// @throws IndexOutOfBoundsException if the range leaves the tensor or the array
  void read(long first, int count, float[] into, int at);

  /// Copies raw bytes, little-endian and packed as in a checkpoint, from byte `firstByte` of the
  /// tensor on; fills all of `into`.
  ///
  /// @throws IndexOutOfBoundsException if the range leaves the tensor
  void copy(long firstByte, MemorySegment into);

  /// The packed bytes themselves, read-only, if they lie in memory or in a mapped file as they are.
  default Optional<MemorySegment> bytes() {
    return Optional.empty();
  }

  /// Bytes of heap that reading takes as long as the tensor is in use, beside what it is read into.
  default long workingBytes() {
    return 0;
  }

  /// The tensor whose elements are `data`, packed little-endian in `spec`'s type.
  ///
  /// @param data a segment of exactly `spec.bytes()` bytes, e.g. a slice of a mapped file
  static Tensor of(TensorSpec spec, MemorySegment data) {
    return new SegmentTensor(spec, data);
  }

  /// An F32 tensor with the given elements in row-major order; for tests and small examples.
  static Tensor of(String name, Shape shape, float... values) {
    return new SegmentTensor(
        new TensorSpec(name, DType.F32, shape), SegmentTensor.littleEndian(values));
  }
}
