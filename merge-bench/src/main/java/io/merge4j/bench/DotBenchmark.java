// SPDX-License-Identifier: Apache-2.0
package io.merge4j.bench;

import io.merge4j.kernel.Gram;
import io.merge4j.kernel.Kernels;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// Inner products over a block: one, those of all pairs of several operands, and the L1 norm.
@State(Scope.Thread)
@Fork(value = 1, jvmArgsAppend = Work.VECTOR_API)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@OutputTimeUnit(TimeUnit.SECONDS)
public class DotBenchmark {

  private static final int OPERANDS = 4;

  @Param({"scalar", "vector"})
  String kernels = "";

  private final float[][] x = {Work.weights(1), Work.weights(2), Work.weights(3), Work.weights(4)};
  private Kernels in = Kernels.scalar();

  @Setup
  public void prepare() {
    in = Work.kernels(kernels);
    Work.check(isNear(in.dot(x[0], x[1], 0, Work.BLOCK), dot(0, 1)), "inner product");
    double[] sums = gram();
    int pair = 0;
    for (int i = 0; i < OPERANDS; i++) {
      for (int j = i; j < OPERANDS; j++) {
        Work.check(isNear(sums[pair++], dot(i, j)), "inner product of a pair");
      }
    }
    double norm = 0;
    for (float value : x[0]) {
      norm += Math.abs(value);
    }
    Work.check(isNear(in.sumAbs(x[0], 0, Work.BLOCK), norm), "L1 norm");
  }

  private double dot(int i, int j) {
    double sum = 0;
    for (int k = 0; k < Work.BLOCK; k++) {
      sum += (double) x[i][k] * x[j][k];
    }
    return sum;
  }

  private static boolean isNear(double found, double expected) {
    return Math.abs(found - expected) < 1e-11;
  }

  private double[] gram() {
    double[] sums = new double[Gram.pairs(OPERANDS)];
    in.gram(x, OPERANDS, 0, Work.BLOCK, sums);
    return sums;
  }

  @Benchmark
  public double one(Work.Rate rate) {
    rate.block(8L * Work.BLOCK);
    return in.dot(x[0], x[1], 0, Work.BLOCK);
  }

  @Benchmark
  public double[] pairsOfFour(Work.Rate rate) {
    rate.block(4L * OPERANDS * Work.BLOCK);
    return gram();
  }

  @Benchmark
  public double sumOfMagnitudes(Work.Rate rate) {
    rate.block(4L * Work.BLOCK);
    return in.sumAbs(x[0], 0, Work.BLOCK);
  }
}
