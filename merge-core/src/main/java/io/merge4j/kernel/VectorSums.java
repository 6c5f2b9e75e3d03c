// SPDX-License-Identifier: Apache-2.0
package io.merge4j.kernel;

import static io.merge4j.kernel.VectorKernels.FULL;
import static io.merge4j.kernel.VectorKernels.HALF;
import static jdk.incubator.vector.VectorOperators.D2F;
import static jdk.incubator.vector.VectorOperators.F2D;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// Sums in float64 over arrays of float32 with the Vector API, to the bits those of [ScalarSums].
///
/// A reduction goes over the block in passes: each sums up a few vectors of its [Lanes], which are
/// enough to hide the adder's latency, and few enough that all sums of a pass stay in registers.
final class VectorSums {

  private static final VectorSpecies<Double> D = FULL.withLanes(double.class);
  private static final VectorSpecies<Float> F = HALF.withLanes(float.class);

  private static final int L = D.length();
  private static final int PASS = 4 * L;

  private VectorSums() {}

  static double dot(float[] a, float[] b, int at, int count) {
    double[] lanes = Lanes.zeros(0, count);
    int body = count - count % Lanes.COUNT;
    for (int lane = 0; lane < Math.min(body, Lanes.COUNT); lane += PASS) {
      dotPass(a, b, at + lane, at + body, lanes, lane);
    }
    ScalarSums.addProducts(lanes, a, b, at + body, count - body);
    return Lanes.fold(lanes, count);
  }

  private static void dotPass(float[] a, float[] b, int from, int to, double[] lanes, int lane) {
    DoubleVector s0 = DoubleVector.zero(D);
    DoubleVector s1 = s0;
    DoubleVector s2 = s0;
    DoubleVector s3 = s0;
    for (int i = from; i < to; i += Lanes.COUNT) {
      s0 = s0.add(load(a, i).mul(load(b, i)));
      s1 = s1.add(load(a, i + L).mul(load(b, i + L)));
      s2 = s2.add(load(a, i + 2 * L).mul(load(b, i + 2 * L)));
      s3 = s3.add(load(a, i + 3 * L).mul(load(b, i + 3 * L)));
    }
    store(s0, s1, s2, s3, lanes, lane);
  }

  static double sumAbs(float[] x, int at, int count) {
    double[] lanes = Lanes.zeros(0, count);
    int body = count - count % Lanes.COUNT;
    for (int lane = 0; lane < Math.min(body, Lanes.COUNT); lane += PASS) {
      sumAbsPass(x, at + lane, at + body, lanes, lane);
    }
    ScalarSums.addMagnitudes(lanes, x, at + body, count - body);
    return Lanes.fold(lanes, count);
  }

  private static void sumAbsPass(float[] x, int from, int to, double[] lanes, int lane) {
    DoubleVector s0 = DoubleVector.zero(D);
    DoubleVector s1 = s0;
    DoubleVector s2 = s0;
    DoubleVector s3 = s0;
    for (int i = from; i < to; i += Lanes.COUNT) {
      s0 = s0.add(load(x, i).abs());
      s1 = s1.add(load(x, i + L).abs());
      s2 = s2.add(load(x, i + 2 * L).abs());
      s3 = s3.add(load(x, i + 3 * L).abs());
    }
    store(s0, s1, s2, s3, lanes, lane);
  }

  /// The three inner products of two operands in one pass; `sums` gets aa, ab, bb added.
  static void gram2(float[] a, float[] b, int at, int count, double[] sums) {
    double[] aa = Lanes.zeros(0, count);
    double[] ab = Lanes.zeros(1, count);
    double[] bb = Lanes.zeros(2, count);
    int body = count - count % Lanes.COUNT;
    for (int lane = 0; lane < Math.min(body, Lanes.COUNT); lane += 2 * L) {
      gram2Pass(a, b, at + lane, at + body, aa, ab, bb, lane);
    }
    ScalarSums.addProducts(aa, a, a, at + body, count - body);
    ScalarSums.addProducts(ab, a, b, at + body, count - body);
    ScalarSums.addProducts(bb, b, b, at + body, count - body);
    sums[0] += Lanes.fold(aa, count);
    sums[1] += Lanes.fold(ab, count);
    sums[2] += Lanes.fold(bb, count);
  }

  private static void gram2Pass(
      float[] a, float[] b, int from, int to, double[] aa, double[] ab, double[] bb, int lane) {
    DoubleVector p0 = DoubleVector.zero(D);
    DoubleVector p1 = p0;
    DoubleVector q0 = p0;
    DoubleVector q1 = p0;
    DoubleVector r0 = p0;
    DoubleVector r1 = p0;
    for (int i = from; i < to; i += Lanes.COUNT) {
      DoubleVector u0 = load(a, i);
      DoubleVector v0 = load(b, i);
      DoubleVector u1 = load(a, i + L);
      DoubleVector v1 = load(b, i + L);
      p0 = p0.add(u0.mul(u0));
      p1 = p1.add(u1.mul(u1));
      q0 = q0.add(u0.mul(v0));
      q1 = q1.add(u1.mul(v1));
      r0 = r0.add(v0.mul(v0));
      r1 = r1.add(v1.mul(v1));
    }
    p0.intoArray(aa, lane);
    p1.intoArray(aa, lane + L);
    q0.intoArray(ab, lane);
    q1.intoArray(ab, lane + L);
    r0.intoArray(bb, lane);
    r1.intoArray(bb, lane + L);
  }

  private static DoubleVector load(float[] x, int i) {
    return (DoubleVector) FloatVector.fromArray(F, x, i).convertShape(F2D, D, 0);
  }

  private static void store(
      DoubleVector s0, DoubleVector s1, DoubleVector s2, DoubleVector s3, double[] lanes, int at) {
    s0.intoArray(lanes, at);
    s1.intoArray(lanes, at + L);
    s2.intoArray(lanes, at + 2 * L);
    s3.intoArray(lanes, at + 3 * L);
  }

  /// @param n at least 1
  static void weightedSum(double[] c, float[][] x, int n, float[] out, int at, int count) {
    int body = at + F.loopBound(count);
    switch (n) {
      case 1 -> sum1(c[0], x[0], out, at, body);
      case 2 -> sum2(c[0], x[0], c[1], x[1], out, at, body);
      case 3 -> sum3(c, x[0], x[1], x[2], out, at, body);
      default -> sumMore(c, x, n, out, at, body);
    }
    ScalarSums.weightedSum(c, x, n, out, body, at + count - body);
  }

  private static void sum1(double c, float[] x, float[] out, int from, int to) {
    for (int i = from; i < to; i += L) {
      round(load(x, i).mul(c), out, i);
    }
  }

  private static void sum2(
      double c, float[] x, double d, float[] y, float[] out, int from, int to) {
    for (int i = from; i < to; i += L) {
      round(load(x, i).mul(c).add(load(y, i).mul(d)), out, i);
    }
  }

  private static void sum3(
      double[] c, float[] x, float[] y, float[] z, float[] out, int from, int to) {
    double c0 = c[0];
    double c1 = c[1];
    double c2 = c[2];
    for (int i = from; i < to; i += L) {
      round(load(x, i).mul(c0).add(load(y, i).mul(c1)).add(load(z, i).mul(c2)), out, i);
    }
  }

  /// Keeps the sums of a stretch in float64 while the operands are added one by one.
  private static void sumMore(double[] c, float[][] x, int n, float[] out, int from, int to) {
    double[] sums = new double[ScalarSums.CHUNK];
    for (int at = from; at < to; at += ScalarSums.CHUNK) {
      int count = Math.min(ScalarSums.CHUNK, to - at);
      begin(c[0], x[0], c[1], x[1], at, sums, count);
      for (int k = 2; k < n - 1; k++) {
        add(c[k], x[k], at, sums, count);
      }
      end(c[n - 1], x[n - 1], at, sums, out, count);
    }
  }

  private static void begin(
      double c, float[] x, double d, float[] y, int at, double[] sums, int count) {
    for (int i = 0; i < count; i += L) {
      load(x, at + i).mul(c).add(load(y, at + i).mul(d)).intoArray(sums, i);
    }
  }

  private static void add(double c, float[] x, int at, double[] sums, int count) {
    for (int i = 0; i < count; i += L) {
      DoubleVector.fromArray(D, sums, i).add(load(x, at + i).mul(c)).intoArray(sums, i);
    }
  }

  private static void end(double c, float[] x, int at, double[] sums, float[] out, int count) {
    for (int i = 0; i < count; i += L) {
      round(DoubleVector.fromArray(D, sums, i).add(load(x, at + i).mul(c)), out, at + i);
    }
  }

  private static void round(DoubleVector sum, float[] out, int i) {
    ((FloatVector) sum.convertShape(D2F, F, 0)).intoArray(out, i);
  }
}
