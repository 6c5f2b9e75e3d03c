// SPDX-License-Identifier: Apache-2.0
package io.merge4j.kernel;

import static io.merge4j.kernel.ScalarProducts.LANES;
import static io.merge4j.kernel.VectorKernels.FULL;
import static io.merge4j.kernel.VectorKernels.HALF;
import static jdk.incubator.vector.VectorOperators.F2D;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// Matrix products in float64 with the Vector API, to the bits those of [ScalarProducts].
///
/// Widening float32 costs more than multiplying, so a tile of 4 x 4 sums shares what it loads: 8
/// conversions for 16 products in place of 2 for one.
final class VectorProducts {

  private static final VectorSpecies<Double> D = FULL.withLanes(double.class);
  private static final VectorSpecies<Float> F = HALF.withLanes(float.class);
  private static final int L = D.length();

  /// Rows and columns of a tile.
  private static final int TILE = 4;

  private VectorProducts() {}

  static void products(float[][] a, float[][] b, int n, int at, int count, double[][] sums) {
    int rows = a.length - a.length % TILE;
    int columns = n - n % TILE;
    double[][] lanes = new double[TILE * TILE][LANES];
    int body = count - count % LANES;
    for (int j = 0; j < columns; j += TILE) {
      for (int i = 0; i < rows; i += TILE) {
        for (int lane = 0; lane < LANES; lane += L) {
          tile(a, i, b, j, at + lane, at + body, lanes, lane);
        }
        for (int k = 0; k < lanes.length; k++) {
          float[] x = a[i + k / TILE];
          float[] y = b[j + k % TILE];
          sums[i + k / TILE][j + k % TILE] +=
              ScalarProducts.dotTail(lanes[k], x, y, at + body, count - body);
        }
      }
    }
    for (int i = 0; i < a.length; i++) {
      for (int j = i < rows ? columns : 0; j < n; j++) {
        sums[i][j] += ScalarProducts.dot(a[i], b[j], at, count);
      }
    }
  }

  private static void tile(
      float[][] a, int i, float[][] b, int j, int from, int to, double[][] lanes, int lane) {
    float[] a0 = a[i];
    float[] a1 = a[i + 1];
    float[] a2 = a[i + 2];
    float[] a3 = a[i + 3];
    float[] b0 = b[j];
    float[] b1 = b[j + 1];
    float[] b2 = b[j + 2];
    float[] b3 = b[j + 3];
    DoubleVector s00 = DoubleVector.zero(D);
    DoubleVector s01 = s00;
    DoubleVector s02 = s00;
    DoubleVector s03 = s00;
    DoubleVector s10 = s00;
    DoubleVector s11 = s00;
    DoubleVector s12 = s00;
    DoubleVector s13 = s00;
    DoubleVector s20 = s00;
    DoubleVector s21 = s00;
    DoubleVector s22 = s00;
    DoubleVector s23 = s00;
    DoubleVector s30 = s00;
    DoubleVector s31 = s00;
    DoubleVector s32 = s00;
    DoubleVector s33 = s00;
    for (int at = from; at < to; at += LANES) {
      DoubleVector u0 = load(a0, at);
      DoubleVector u1 = load(a1, at);
      DoubleVector u2 = load(a2, at);
      DoubleVector u3 = load(a3, at);
      DoubleVector v0 = load(b0, at);
      s00 = s00.add(u0.mul(v0));
      s10 = s10.add(u1.mul(v0));
      s20 = s20.add(u2.mul(v0));
      s30 = s30.add(u3.mul(v0));
      DoubleVector v1 = load(b1, at);
      s01 = s01.add(u0.mul(v1));
      s11 = s11.add(u1.mul(v1));
      s21 = s21.add(u2.mul(v1));
      s31 = s31.add(u3.mul(v1));
      DoubleVector v2 = load(b2, at);
      s02 = s02.add(u0.mul(v2));
      s12 = s12.add(u1.mul(v2));
      s22 = s22.add(u2.mul(v2));
      s32 = s32.add(u3.mul(v2));
      DoubleVector v3 = load(b3, at);
      s03 = s03.add(u0.mul(v3));
      s13 = s13.add(u1.mul(v3));
      s23 = s23.add(u2.mul(v3));
      s33 = s33.add(u3.mul(v3));
    }
    s00.intoArray(lanes[0], lane);
    s01.intoArray(lanes[1], lane);
    s02.intoArray(lanes[2], lane);
    s03.intoArray(lanes[3], lane);
    s10.intoArray(lanes[4], lane);
    s11.intoArray(lanes[5], lane);
    s12.intoArray(lanes[6], lane);
    s13.intoArray(lanes[7], lane);
    s20.intoArray(lanes[8], lane);
    s21.intoArray(lanes[9], lane);
    s22.intoArray(lanes[10], lane);
    s23.intoArray(lanes[11], lane);
    s30.intoArray(lanes[12], lane);
    s31.intoArray(lanes[13], lane);
    s32.intoArray(lanes[14], lane);
    s33.intoArray(lanes[15], lane);
  }

  /// Goes down the rows with 4 results and two vectors of columns in registers.
  static void addProducts(double[][] c, float[][] x, int n, double[][] out, int at, int count) {
    int rows = c.length - c.length % TILE;
    int body = count - count % (2 * L);
    for (int k = 0; k < rows; k += TILE) {
      for (int j = at; j < at + body; j += 2 * L) {
        tall(c, k, x, n, out, j);
      }
    }
    ScalarProducts.addProducts(c, 0, rows, x, n, out, at + body, count - body);
    ScalarProducts.addProducts(c, rows, c.length, x, n, out, at, count);
  }

  private static void tall(double[][] c, int k, float[][] x, int n, double[][] out, int j) {
    double[] c0 = c[k];
    double[] c1 = c[k + 1];
    double[] c2 = c[k + 2];
    double[] c3 = c[k + 3];
    DoubleVector p0 = DoubleVector.fromArray(D, out[k], j);
    DoubleVector q0 = DoubleVector.fromArray(D, out[k], j + L);
    DoubleVector p1 = DoubleVector.fromArray(D, out[k + 1], j);
    DoubleVector q1 = DoubleVector.fromArray(D, out[k + 1], j + L);
    DoubleVector p2 = DoubleVector.fromArray(D, out[k + 2], j);
    DoubleVector q2 = DoubleVector.fromArray(D, out[k + 2], j + L);
    DoubleVector p3 = DoubleVector.fromArray(D, out[k + 3], j);
    DoubleVector q3 = DoubleVector.fromArray(D, out[k + 3], j + L);
    for (int i = 0; i < n; i++) {
      DoubleVector u = load(x[i], j);
      DoubleVector v = load(x[i], j + L);
      p0 = p0.add(u.mul(c0[i]));
      q0 = q0.add(v.mul(c0[i]));
      p1 = p1.add(u.mul(c1[i]));
      q1 = q1.add(v.mul(c1[i]));
      p2 = p2.add(u.mul(c2[i]));
      q2 = q2.add(v.mul(c2[i]));
      p3 = p3.add(u.mul(c3[i]));
      q3 = q3.add(v.mul(c3[i]));
    }
    p0.intoArray(out[k], j);
    q0.intoArray(out[k], j + L);
    p1.intoArray(out[k + 1], j);
    q1.intoArray(out[k + 1], j + L);
    p2.intoArray(out[k + 2], j);
    q2.intoArray(out[k + 2], j + L);
    p3.intoArray(out[k + 3], j);
    q3.intoArray(out[k + 3], j + L);
  }

  private static DoubleVector load(float[] x, int i) {
    return (DoubleVector) FloatVector.fromArray(F, x, i).convertShape(F2D, D, 0);
  }
}
