// SPDX-License-Identifier: Apache-2.0
package io.merge4j.torch;

import static java.util.Objects.checkFromIndexSize;

import io.merge4j.kernel.Kernels;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.function.Supplier;

/// A tensor whose elements lie apart, in another order, compressed, or highest byte first.
///
/// Elements are gathered block by block, and then decoded like those of any tensor.
record StridedTensor(
    TensorSpec spec, Supplier<MemorySegment> storage, Strides strides, boolean bigEndian)
    implements Tensor {

  private static final int BLOCK = 4096;

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  @Override
  public void read(long first, int count, float[] into, int at) {
    if (!spec.dtype().isFloat()) {
      throw new UnsupportedOperationException(
          "Tensor %s cannot be decoded to float32: %s is not a floating type"
              .formatted(spec.name(), spec.dtype()));
    }
    checkFromIndexSize(first, count, spec.elements());
    checkFromIndexSize(at, count, into.length);
    MemorySegment block = block(count);
    for (int done = 0; done < count; done += BLOCK) {
      int size = Math.min(BLOCK, count - done);
      gather(first + done, size, block);
      Kernels.best().decode(spec.dtype(), block, 0, into, at + done, size);
    }
  }

  @Override
  public void copy(long firstByte, MemorySegment into) {
    checkFromIndexSize(firstByte, into.byteSize(), spec.bytes());
    int width = width();
    MemorySegment block = block(into.byteSize() / width + 2);
    long total = into.byteSize();
    for (long done = 0; done < total; ) {
      long element = (firstByte + done) / width;
      long skip = (firstByte + done) % width;
      int count = (int) Math.min(BLOCK, spec.elements() - element);
      long size = Math.min(total - done, (long) count * width - skip);
      count = (int) ((skip + size + width - 1) / width);
      gather(element, count, block);
      MemorySegment.copy(block, skip, into, done, size);
      done += size;
    }
  }

  private int width() {
    return spec.dtype().bits() / Byte.SIZE;
  }

  private MemorySegment block(long elements) {
    return MemorySegment.ofArray(new byte[(int) Math.min(BLOCK, elements) * width()]);
  }

  /// Packs elements into `block`, little-endian.
  private void gather(long first, int count, MemorySegment block) {
    MemorySegment from = storage.get();
    int width = width();
    strides.walk(
        first,
        count,
        (done, position, step, run) -> {
          if (step == 1 && (!bigEndian || width == 1)) {
            MemorySegment.copy(
                from, position * width, block, (long) done * width, (long) run * width);
          } else {
            for (int i = 0; i < run; i++) {
              element(from, (position + i * step) * width, block, (long) (done + i) * width);
            }
          }
        });
  }

  private void element(MemorySegment from, long source, MemorySegment to, long target) {
    // A complex number is two numbers.
    int number = spec.dtype() == DType.C64 ? 4 : width();
    for (int at = 0; at < width(); at += number) {
      number(number, from, source + at, to, target + at);
    }
  }

  private void number(int bytes, MemorySegment from, long source, MemorySegment to, long target) {
    switch (bytes) {
      case 1 -> to.set(ValueLayout.JAVA_BYTE, target, from.get(ValueLayout.JAVA_BYTE, source));
      case 2 -> {
        short number = from.get(SHORT, source);
        to.set(SHORT, target, bigEndian ? Short.reverseBytes(number) : number);
      }
      case 4 -> {
        int number = from.get(INT, source);
        to.set(INT, target, bigEndian ? Integer.reverseBytes(number) : number);
      }
      default -> {
        long number = from.get(LONG, source);
        to.set(LONG, target, bigEndian ? Long.reverseBytes(number) : number);
      }
    }
  }
}
