// SPDX-License-Identifier: Apache-2.0
package io.merge4j.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// How far two tensors of equal shape are apart, found block by block.
///
/// Values are compared as float32; of tensors of one floating type the distance in that type is
/// found as well.
///
/// @param elements how many elements differ, NaN being equal to NaN, and 0 to -0; -1 if they are
///   not known, since a tensor of integers has other bytes or another type
/// @param ulps greatest difference in units in the last place; -1 unless both have one floating
///   type
/// @param greatest greatest absolute difference of two finite elements
/// @param cosine of the angle between the two; NaN if either is zero or holds NaN or infinity
public record TensorDifference(long elements, long ulps, double greatest, double cosine) {

  private static final int BLOCK = 8192;

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /// Of tensors with the same bytes.
  public static final TensorDifference NONE = new TensorDifference(0, 0, 0, 1);

  /// Compares two tensors, with a pass over both.
  ///
  /// @throws IllegalArgumentException if their shapes differ
  public static TensorDifference of(Tensor a, Tensor b) {
    if (!a.spec().shape().equals(b.spec().shape())) {
      throw new IllegalArgumentException(
          "Tensors %s and %s have shapes %s and %s, expected the same"
              .formatted(a.spec().name(), b.spec().name(), a.spec().shape(), b.spec().shape()));
    }
    boolean sameType = a.spec().dtype() == b.spec().dtype();
    if (sameType && sameBytes(a, b)) {
      return NONE;
    }
    boolean floats = a.spec().dtype().isFloat() && b.spec().dtype().isFloat();
    return floats
        ? new Sums(a, b, sameType).result()
        : new TensorDifference(-1, -1, Double.NaN, Double.NaN);
  }

  private static boolean sameBytes(Tensor a, Tensor b) {
    long size = a.spec().bytes();
    MemorySegment left = MemorySegment.ofArray(new byte[(int) Math.min(size, 8 * BLOCK)]);
    MemorySegment right = MemorySegment.ofArray(new byte[(int) Math.min(size, 8 * BLOCK)]);
    for (long at = 0; at < size; at += left.byteSize()) {
      long count = Math.min(left.byteSize(), size - at);
      a.copy(at, left.asSlice(0, count));
      b.copy(at, right.asSlice(0, count));
      if (left.asSlice(0, count).mismatch(right.asSlice(0, count)) >= 0) {
        return false;
      }
    }
    return true;
  }

  /// One pass over both tensors.
  private static final class Sums {

    private final Tensor a;
    private final Tensor b;
    private final boolean sameType;
    private final float[] x = new float[BLOCK];
    private final float[] y = new float[BLOCK];
    private final MemorySegment left = MemorySegment.ofArray(new byte[8 * BLOCK]);
    private final MemorySegment right = MemorySegment.ofArray(new byte[8 * BLOCK]);
    private long elements;
    private long ulps;
    private double greatest;
    private double xx;
    private double yy;
    private double xy;

    Sums(Tensor a, Tensor b, boolean sameType) {
      this.a = a;
      this.b = b;
      this.sameType = sameType;
    }

    TensorDifference result() {
      long total = a.spec().elements();
      for (long first = 0; first < total; first += BLOCK) {
        int count = (int) Math.min(BLOCK, total - first);
        a.read(first, count, x, 0);
        b.read(first, count, y, 0);
        values(count);
        if (sameType) {
          ulps(first, count);
        }
      }
      double cosine = xy / (Math.sqrt(xx) * Math.sqrt(yy));
      return new TensorDifference(elements, sameType ? ulps : -1, greatest, cosine);
    }

    private void values(int count) {
      for (int i = 0; i < count; i++) {
        double p = x[i];
        double q = y[i];
        xx += p * p;
        yy += q * q;
        xy += p * q;
        if (p != q && !(Double.isNaN(p) && Double.isNaN(q))) {
          elements++;
          double difference = Math.abs(p - q);
          greatest = difference <= Double.MAX_VALUE ? Math.max(greatest, difference) : greatest;
        }
      }
    }

    private void ulps(long first, int count) {
      DType dtype = a.spec().dtype();
      int width = dtype.bits() / 8;
      MemorySegment l = left.asSlice(0, (long) count * width);
      MemorySegment r = right.asSlice(0, (long) count * width);
      a.copy(first * width, l);
      b.copy(first * width, r);
      for (int i = 0; i < count; i++) {
        if (!Float.isNaN(x[i]) && !Float.isNaN(y[i])) { // NaN is no distance away from anything
          long distance = Math.abs(rank(l, i, dtype) - rank(r, i, dtype));
          ulps = Math.max(ulps, distance < 0 ? Long.MAX_VALUE : distance);
        }
      }
    }

    /// The element's place among all values of its type, 0 in the middle.
    private static long rank(MemorySegment from, int index, DType dtype) {
      long bits =
          switch (dtype.bits()) {
            case 8 -> from.get(ValueLayout.JAVA_BYTE, index);
            case 16 -> from.get(SHORT, 2L * index);
            case 32 -> from.get(INT, 4L * index);
            default -> from.get(LONG, 8L * index);
          };
      if (dtype == DType.F8_E8M0) {
        return bits & 0xff; // has no sign
      }
      long magnitude = bits & ~(-1L << (dtype.bits() - 1));
      return bits < 0 ? -magnitude : magnitude;
    }
  }
}
