// SPDX-License-Identifier: Apache-2.0
package io.merge4j.bench;

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

/// The two passes of slerp over a block: the inner products, from which the angle follows, and the
/// weighted sum.
@State(Scope.Thread)
@Fork(value = 1, jvmArgsAppend = Work.VECTOR_API)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@OutputTimeUnit(TimeUnit.SECONDS)
public class SlerpBenchmark {

  @Param({"scalar", "vector"})
  String kernels = "";

  private final float[][] x = {Work.weights(1), Work.weights(2)};
  private final float[] out = new float[Work.BLOCK];
  private final double[] c = {0.6, 0.5};
  private Kernels in = Kernels.scalar();

  @Setup
  public void prepare() {
    in = Work.kernels(kernels);
    double[] sums = new double[3];
    in.gram(x, 2, 0, Work.BLOCK, sums);
    double[] expected = new double[3];
    for (int i = 0; i < Work.BLOCK; i++) {
      expected[0] += (double) x[0][i] * x[0][i];
      expected[1] += (double) x[0][i] * x[1][i];
      expected[2] += (double) x[1][i] * x[1][i];
    }
    for (int k = 0; k < sums.length; k++) {
      Work.check(Math.abs(sums[k] - expected[k]) < 1e-12, "inner product");
    }
    in.weightedSum(c, x, 2, out, 0, Work.BLOCK);
    for (int i = 0; i < Work.BLOCK; i++) {
      Work.check(out[i] == (float) (c[0] * x[0][i] + c[1] * x[1][i]), "weighted sum");
    }
  }

  @Benchmark
  public double[] products(Work.Rate rate) {
    double[] sums = new double[3];
    in.gram(x, 2, 0, Work.BLOCK, sums);
    rate.block(8L * Work.BLOCK);
    return sums;
  }

  @Benchmark
  public float[] sum(Work.Rate rate) {
    in.weightedSum(c, x, 2, out, 0, Work.BLOCK);
    rate.block(12L * Work.BLOCK);
    return out;
  }
}
