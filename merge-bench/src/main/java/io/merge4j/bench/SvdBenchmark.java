// SPDX-License-Identifier: Apache-2.0
package io.merge4j.bench;

import io.merge4j.svd.Difference;
import io.merge4j.svd.Truncation;
import io.merge4j.tensor.ComputedTensor;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.util.Arrays;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// The truncated decomposition of one matrix of a model, as the extraction of an adapter does it,
/// on one thread.
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@Fork(
    value = 1,
    jvmArgsAppend = {Work.VECTOR_API, "-Xmx2g"})
@Warmup(iterations = 1, time = 1)
@Measurement(iterations = 3, time = 1)
@OutputTimeUnit(TimeUnit.SECONDS)
public class SvdBenchmark {

  private static final int SIDE = 4096;

  @Param({"16", "64"})
  int rank;

  private Tensor matrix = Tensor.of("", Shape.of(1, 1), 0);
  private Tensor zero = matrix;

  /// Floating-point operations of the products with the matrix, per second: 5 products with the
  /// sampled space and 2 with what is kept.
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  @State(Scope.Thread)
  public static class Products {
    public double gflop;
  }

  /// A matrix whose first singular values are 1, 1/2, 1/3, ..., below them noise.
  @Setup
  public void prepare() {
    Random random = new Random(1);
    int strong = 2 * rank;
    float[][] left = new float[strong][SIDE];
    float[][] right = new float[strong][SIDE];
    for (int k = 0; k < strong; k++) {
      for (int i = 0; i < SIDE; i++) {
        left[k][i] = (float) random.nextGaussian() / 64;
        right[k][i] = (float) random.nextGaussian() / 64;
      }
    }
    float[] all = new float[SIDE * SIDE];
    for (int i = 0; i < SIDE; i++) {
      for (int j = 0; j < SIDE; j++) {
        all[i * SIDE + j] = (float) (1e-5 * random.nextGaussian());
      }
      for (int k = 0; k < strong; k++) {
        float factor = left[k][i] / (1 + k);
        for (int j = 0; j < SIDE; j++) {
          all[i * SIDE + j] += factor * right[k][j];
        }
      }
    }
    matrix = Tensor.of("matrix", Shape.of(SIDE, SIDE), all);
    zero =
        new ComputedTensor(
            new TensorSpec("zero", DType.F32, Shape.of(SIDE, SIDE)),
            (first, count, into, at) -> Arrays.fill(into, at, at + count, 0f),
            0);
    check(decompose());
  }

  /// Outer products of random vectors are nearly orthogonal, so that what is left is nearly the
  /// squares of the values beyond the rank, and the noise.
  private void check(Truncation found) {
    double left = 1e-10 * SIDE * SIDE;
    double total = left;
    for (int k = 0; k < 2 * rank; k++) {
      double square = 1.0 / ((1 + k) * (1 + k));
      total += square;
      left += k < rank ? 0 : square;
    }
    Work.check(found.rank() == rank, "rank");
    Work.check(Math.abs(found.total() - total) < 0.1 * total, "sum of squares");
    Work.check(Math.abs(found.left() - left) < 0.1 * left, "residual");
  }

  private Truncation decompose() {
    return Truncation.of(
        new Difference(matrix, zero),
        OptionalInt.of(rank),
        OptionalDouble.empty(),
        UnaryOperator.identity(),
        1);
  }

  @Benchmark
  public Truncation truncation(Products products) {
    int sampled = Math.ceilDiv(rank + 10 + rank / 4, 4) * 4;
    products.gflop += 2e-9 * SIDE * SIDE * (5 * sampled + 2 * rank);
    return decompose();
  }
}
