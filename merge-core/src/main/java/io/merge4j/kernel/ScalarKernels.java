// SPDX-License-Identifier: Apache-2.0
package io.merge4j.kernel;

import static java.util.Objects.checkFromIndexSize;

import io.merge4j.tensor.DType;
import java.lang.foreign.MemorySegment;

/// The kernels in plain Java.
enum ScalarKernels implements Kernels {
  INSTANCE;

  @Override
  public void decode(
      DType dtype, MemorySegment from, long offset, float[] into, int at, int count) {
    checkFromIndexSize(at, count, into.length);
    ScalarCodec.decode(dtype, from, offset, into, at, count);
  }

  @Override
  public void encode(
      DType dtype, float[] from, int at, int count, MemorySegment into, long offset) {
    checkFromIndexSize(at, count, from.length);
    ScalarCodec.encode(dtype, from, at, count, into, offset);
  }

  @Override
  public double dot(float[] a, float[] b, int at, int count) {
    checkFromIndexSize(at, count, Math.min(a.length, b.length));
    return ScalarSums.dot(a, b, at, count);
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
    checkFromIndexSize(at, count, x.length);
    return ScalarSums.sumAbs(x, at, count);
  }

  @Override
  public void weightedSum(
      double[] c, float[][] x, int n, float[] out, int at, int count, boolean narrow) {
    Terms.of(c, x, n, out, at, count)
        .ifPresent(t -> ScalarSums.weightedSum(t.c, t.x, t.n, out, at, count, narrow));
  }

  @Override
  public int nonFinite(float[] x, int at, int count) {
    checkFromIndexSize(at, count, x.length);
    int found = 0;
    for (int i = at; i < at + count; i++) {
      found += Float.isFinite(x[i]) ? 0 : 1;
    }
    return found;
  }

  @Override
  public int countAbove(float[] x, int at, int count, int bits) {
    checkFromIndexSize(at, count, x.length);
    int above = 0;
    for (int i = at; i < at + count; i++) {
      above += (Float.floatToRawIntBits(x[i]) & 0x7fffffff) > bits ? 1 : 0;
    }
    return above;
  }

  @Override
  public void histogram(float[] x, int at, int count, int prefix, int shift, int[] bins) {
    checkFromIndexSize(at, count, x.length);
    int digits = Integer.numberOfTrailingZeros(bins.length);
    int low = bins.length - 1;
    for (int i = at; i < at + count; i++) {
      int digit = (Float.floatToRawIntBits(x[i]) & 0x7fffffff) >>> shift;
      if (digit >>> digits == prefix) {
        bins[digit & low]++;
      }
    }
  }
}
