// SPDX-License-Identifier: Apache-2.0
package io.merge4j.kernel;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static java.util.Objects.checkFromIndexSize;
import static jdk.incubator.vector.VectorOperators.F2D;
import static jdk.incubator.vector.VectorOperators.I2S;
import static jdk.incubator.vector.VectorOperators.S2I;

import io.merge4j.tensor.DType;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// The kernels for the Vector API, which must be there before this class is touched.
///
/// Each runs its vectors as far as whole ones go and leaves the rest to the scalar kernels.
enum VectorKernels implements Kernels {
  INSTANCE;

  private static final int BITS = Math.min(512, VectorShape.preferredShape().vectorBitSize());
  private static final VectorShape FULL = VectorShape.forBitSize(BITS);
  private static final VectorShape HALF = VectorShape.forBitSize(BITS / 2);
  private static final VectorSpecies<Float> F = FULL.withLanes(float.class);
  private static final VectorSpecies<Integer> I = FULL.withLanes(int.class);
  private static final VectorSpecies<Short> S_HALF = HALF.withLanes(short.class);
  private static final VectorSpecies<Double> D = FULL.withLanes(double.class);
  private static final VectorSpecies<Float> F_HALF = HALF.withLanes(float.class);

  static int bits() {
    return BITS;
  }

  @Override
  public void decode(
      DType dtype, MemorySegment from, long offset, float[] into, int at, int count) {
    checkFromIndexSize(at, count, into.length);
    if (dtype != DType.BF16) {
      ScalarCodec.decode(dtype, from, offset, into, at, count);
      return;
    }
    int body = I.loopBound(count);
    decodeBf16(from, offset, into, at, body);
    ScalarCodec.decode(dtype, from, offset + 2L * body, into, at + body, count - body);
  }

  private static void decodeBf16(MemorySegment from, long offset, float[] into, int at, int count) {
    for (int i = 0; i < count; i += I.length()) {
      ShortVector.fromMemorySegment(S_HALF, from, offset + 2L * i, LITTLE_ENDIAN)
          .convertShape(S2I, I, 0)
          .reinterpretAsInts()
          .lanewise(VectorOperators.LSHL, 16)
          .reinterpretAsFloats()
          .intoArray(into, at + i);
    }
  }

  @Override
  public void encode(
      DType dtype, float[] from, int at, int count, MemorySegment into, long offset) {
    checkFromIndexSize(at, count, from.length);
    if (dtype != DType.BF16) {
      ScalarCodec.encode(dtype, from, at, count, into, offset);
      return;
    }
    int body = I.loopBound(count);
    encodeBf16(from, at, body, into, offset);
    ScalarCodec.encode(dtype, from, at + body, count - body, into, offset + 2L * body);
  }

  private static void encodeBf16(float[] from, int at, int count, MemorySegment into, long offset) {
    for (int i = 0; i < count; i += I.length()) {
      FloatVector values = FloatVector.fromArray(F, from, at + i);
      IntVector bits = values.reinterpretAsInts();
      IntVector even = bits.lanewise(VectorOperators.LSHR, 16).and(1);
      bits.add(even)
          .add(0x7fff)
          .lanewise(VectorOperators.LSHR, 16)
          .blend(0x7fc0, values.test(VectorOperators.IS_NAN).cast(I))
          .convertShape(I2S, S_HALF, 0)
          .reinterpretAsShorts()
          .intoMemorySegment(into, offset + 2L * i, LITTLE_ENDIAN);
    }
  }

  @Override
  public double dot(float[] a, float[] b, int at, int count) {
    checkFromIndexSize(at, count, Math.min(a.length, b.length));
    double[] lanes = new double[ScalarSums.LANES];
    int body = count - count % ScalarSums.LANES;
    for (int lane = 0; lane < ScalarSums.LANES; lane += 4 * D.length()) {
      dotPass(a, b, at + lane, at + body, lanes, lane);
    }
    return ScalarSums.fold(lanes, a, b, at + body, count - body);
  }

  /// Four vectors of lanes; as many passes as it takes to sum up all lanes.
  private static void dotPass(float[] a, float[] b, int from, int to, double[] lanes, int lane) {
    int l = D.length();
    DoubleVector s0 = DoubleVector.zero(D);
    DoubleVector s1 = s0;
    DoubleVector s2 = s0;
    DoubleVector s3 = s0;
    for (int i = from; i < to; i += ScalarSums.LANES) {
      s0 = s0.add(widened(a, i).mul(widened(b, i)));
      s1 = s1.add(widened(a, i + l).mul(widened(b, i + l)));
      s2 = s2.add(widened(a, i + 2 * l).mul(widened(b, i + 2 * l)));
      s3 = s3.add(widened(a, i + 3 * l).mul(widened(b, i + 3 * l)));
    }
    s0.intoArray(lanes, lane);
    s1.intoArray(lanes, lane + l);
    s2.intoArray(lanes, lane + 2 * l);
    s3.intoArray(lanes, lane + 3 * l);
  }

  private static DoubleVector widened(float[] x, int i) {
    return (DoubleVector) FloatVector.fromArray(F_HALF, x, i).convertShape(F2D, D, 0);
  }

  @Override
  public void gram(float[][] x, int n, int at, int count, double[] sums) {
    int pair = 0;
    for (int i = 0; i < n; i++) {
      for (int j = i; j < n; j++) {
        sums[pair++] += dot(x[i], x[j], at, count);
      }
    }
  }

  @Override
  public double sumAbs(float[] x, int at, int count) {
    return ScalarKernels.INSTANCE.sumAbs(x, at, count);
  }

  @Override
  public void weightedSum(
      double[] c, float[][] x, int n, float[] out, int at, int count, boolean narrow) {
    ScalarKernels.INSTANCE.weightedSum(c, x, n, out, at, count, narrow);
  }

  @Override
  public int nonFinite(float[] x, int at, int count) {
    return ScalarKernels.INSTANCE.nonFinite(x, at, count);
  }

  @Override
  public int countAbove(float[] x, int at, int count, int bits) {
    return ScalarKernels.INSTANCE.countAbove(x, at, count, bits);
  }

  @Override
  public void histogram(float[] x, int at, int count, int prefix, int shift, int[] bins) {
    ScalarKernels.INSTANCE.histogram(x, at, count, prefix, shift, bins);
  }
}
