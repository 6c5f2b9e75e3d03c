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
  public boolean encode(
      DType dtype, float[] from, int at, int count, MemorySegment into, long offset) {
    checkFromIndexSize(at, count, from.length);
    return ScalarCodec.encode(dtype, from, at, count, into, offset);
  }

  @Override
  public double dot(float[] a, float[] b, int at, int count) {
    checkFromIndexSize(at, count, Math.min(a.length, b.length));
    return ScalarSums.dot(a, b, at, count);
  }

  @Override
  public double sumAbs(float[] x, int at, int count) {
    checkFromIndexSize(at, count, x.length);
    return ScalarSums.sumAbs(x, at, count);
  }

  @Override
  public void weightedSum(double[] c, float[][] x, int n, float[] out, int at, int count) {
    Terms.sum(ScalarSums::weightedSum, c, x, n, out, at, count);
  }

  @Override
  public void products(float[][] a, float[][] b, int n, int at, int count, double[][] sums) {
    ScalarProducts.products(a, b, n, at, count, sums);
  }

  @Override
  public void addProducts(double[][] c, float[][] x, int n, double[][] out, int at, int count) {
    ScalarProducts.addProducts(c, x, n, out, at, count);
  }

  @Override
  public void elect(Election election, float[][] d, float[] base, float[] out, int at, int count) {
    checkFromIndexSize(at, count, Math.min(base.length, out.length));
    ScalarElection.elect(election, d, base, out, at, at + count);
  }

  @Override
  public int nonFinite(float[] x, int at, int count) {
    checkFromIndexSize(at, count, x.length);
    return ScalarSelection.nonFinite(x, at, count);
  }

  @Override
  public boolean knownFinite(DType dtype, MemorySegment from, long offset, int count) {
    return ScalarExponents.areFinite(dtype, from, offset, count);
  }

  @Override
  public int countAbove(float[] x, int at, int count, int bits) {
    checkFromIndexSize(at, count, x.length);
    return ScalarSelection.countAbove(x, at, count, bits);
  }

  @Override
  public int find(float[] x, int at, int count, int low, int high, int[] into, int size) {
    checkFromIndexSize(at, count, x.length);
    checkFromIndexSize(size, count, into.length);
    return ScalarSelection.find(x, at, at + count, low, high, into, size);
  }

  @Override
  public void keep(float[] x, int at, int count, int low, int high) {
    checkFromIndexSize(at, count, x.length);
    ScalarSelection.keep(x, at, count, low, high);
  }
}
