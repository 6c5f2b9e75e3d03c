// SPDX-License-Identifier: Apache-2.0
package io.merge4j.kernel;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static java.util.Objects.checkFromIndexSize;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.S2I;

import io.merge4j.tensor.DType;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// The kernels with the Vector API, which must be there before this class is touched.
///
/// Only where it is faster than the plain loops of [ScalarKernels]: those do the rest, and the
/// tails. Its types are imported here and in the other classes named after it alone.
enum VectorKernels implements Kernels {
  INSTANCE;

  /// The processor's vectors, but no wider than four of them hold the lanes of [VectorProducts].
  static final VectorShape FULL =
      VectorShape.forBitSize(Math.min(512, VectorShape.preferredShape().vectorBitSize()));

  /// What widens to [#FULL].
  static final VectorShape HALF = VectorShape.forBitSize(FULL.vectorBitSize() / 2);

  private static final VectorSpecies<Integer> I = FULL.withLanes(int.class);
  private static final VectorSpecies<Float> F = FULL.withLanes(float.class);
  private static final VectorSpecies<Short> S = HALF.withLanes(short.class);

  @Override
  public void decode(
      DType dtype, MemorySegment from, long offset, float[] into, int at, int count) {
    checkFromIndexSize(at, count, into.length);
    int body = dtype == DType.BF16 ? I.loopBound(count) : 0;
    decodeBf16(from, offset, into, at, body);
    ScalarCodec.decode(dtype, from, offset + 2L * body, into, at + body, count - body);
  }

  private static void decodeBf16(MemorySegment from, long offset, float[] into, int at, int count) {
    for (int i = 0; i < count; i += I.length()) {
      ShortVector.fromMemorySegment(S, from, offset + 2L * i, LITTLE_ENDIAN)
          .convertShape(S2I, I, 0)
          .reinterpretAsInts()
          .lanewise(LSHL, 16)
          .reinterpretAsFloats()
          .intoArray(into, at + i);
    }
  }

  @Override
  public boolean encode(
      DType dtype, float[] from, int at, int count, MemorySegment into, long offset) {
    return ScalarKernels.INSTANCE.encode(dtype, from, at, count, into, offset);
  }

  @Override
  public double dot(float[] a, float[] b, int at, int count) {
    checkFromIndexSize(at, count, Math.min(a.length, b.length));
    return VectorSums.dot(a, b, at, count);
  }

  @Override
  public void gram(float[][] x, int n, int at, int count, double[] sums) {
    if (n == 2) {
      checkFromIndexSize(at, count, Math.min(x[0].length, x[1].length));
      VectorSums.gram2(x[0], x[1], at, count, sums);
    } else {
      Kernels.super.gram(x, n, at, count, sums);
    }
  }

  @Override
  public double sumAbs(float[] x, int at, int count) {
    checkFromIndexSize(at, count, x.length);
    return VectorSums.sumAbs(x, at, count);
  }

  @Override
  public void weightedSum(double[] c, float[][] x, int n, float[] out, int at, int count) {
    Terms.sum(VectorSums::weightedSum, c, x, n, out, at, count);
  }

  @Override
  public void products(float[][] a, float[][] b, int n, int at, int count, double[][] sums) {
    VectorProducts.products(a, b, n, at, count, sums);
  }

  @Override
  public void addProducts(double[][] c, float[][] x, int n, double[][] out, int at, int count) {
    VectorProducts.addProducts(c, x, n, out, at, count);
  }

  @Override
  public void elect(Election election, float[][] d, float[] base, float[] out, int at, int count) {
    checkFromIndexSize(at, count, Math.min(base.length, out.length));
    int to = at + count;
    int done = election.counts() ? at : VectorElection.elect(election, d, base, out, at, to);
    ScalarElection.elect(election, d, base, out, done, to);
  }

  @Override
  public int nonFinite(float[] x, int at, int count) {
    return ScalarKernels.INSTANCE.nonFinite(x, at, count);
  }

  @Override
  public boolean knownFinite(DType dtype, MemorySegment from, long offset, int count) {
    return ScalarKernels.INSTANCE.knownFinite(dtype, from, offset, count);
  }

  @Override
  public int countAbove(float[] x, int at, int count, int bits) {
    return ScalarKernels.INSTANCE.countAbove(x, at, count, bits);
  }

  @Override
  public int find(float[] x, int at, int count, int low, int high, int[] into, int size) {
    checkFromIndexSize(at, count, x.length);
    checkFromIndexSize(size, count, into.length);
    int body = at + I.loopBound(count);
    int found = findBody(x, at, body, low, high, into, size);
    return ScalarSelection.find(x, body, at + count, low, high, into, found);
  }

  /// Looks at the elements of a vector one by one only if there are any.
  private static int findBody(
      float[] x, int from, int to, int low, int high, int[] into, int size) {
    int found = size;
    for (int i = from; i < to; i += I.length()) {
      IntVector magnitude =
          FloatVector.fromArray(F, x, i).reinterpretAsInts().and(Integer.MAX_VALUE);
      long inside = magnitude.compare(GE, low).and(magnitude.compare(LE, high)).toLong();
      for (; inside != 0; inside &= inside - 1) {
        into[found++] = i + Long.numberOfTrailingZeros(inside);
      }
    }
    return found;
  }

  @Override
  public void keep(float[] x, int at, int count, int low, int high) {
    ScalarKernels.INSTANCE.keep(x, at, count, low, high);
  }
}
