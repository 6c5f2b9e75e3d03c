// SPDX-License-Identifier: Apache-2.0
package io.merge4j.bench;

import io.merge4j.kernel.Election;
import io.merge4j.kernel.Kernels;
import java.util.Arrays;
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

/// The sign election of TIES, on task vectors of which half was trimmed. Blocks take turns, since
/// the processor learns the signs of one that comes back again and again.
@State(Scope.Thread)
@Fork(value = 1, jvmArgsAppend = Work.VECTOR_API)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@OutputTimeUnit(TimeUnit.SECONDS)
public class ElectionBenchmark {

  private static final int BLOCKS = 16;
  private static final int HALF = Float.floatToRawIntBits(0.0135f);

  @Param({"scalar", "vector"})
  String kernels = "";

  @Param({"2", "4", "20"})
  int models;

  @Param({"true", "false"})
  boolean normalize;

  private Kernels in = Kernels.scalar();
  private float[][][] d = {};
  private int turn;
  private final float[] base = Work.weights(-1);
  private final float[] out = new float[Work.BLOCK];
  private Election election =
      new Election(new double[0], new double[0], new double[0], false, false, 0, 0);

  @Setup
  public void prepare() {
    in = Work.kernels(kernels);
    d = new float[BLOCKS][models][];
    double[] weights = new double[models];
    double[] ones = new double[models];
    for (int i = 0; i < models; i++) {
      for (int block = 0; block < BLOCKS; block++) {
        d[block][i] = Work.weights(block * models + i);
        in.keep(d[block][i], 0, Work.BLOCK, HALF, Integer.MAX_VALUE);
      }
      weights[i] = 0.3 + 0.1 * i;
      ones[i] = 1;
    }
    election =
        new Election(weights, ones, weights, false, normalize, Double.NEGATIVE_INFINITY, 0.9);
    for (float[][] block : d) {
      float[] expected = new float[Work.BLOCK];
      for (int j = 0; j < Work.BLOCK; j++) {
        expected[j] = expected(weights, block, j);
      }
      in.elect(election, block, base, out, 0, Work.BLOCK);
      Work.check(Arrays.equals(out, expected), "election");
    }
  }

  private float expected(double[] weights, float[][] block, int j) {
    double votes = 0;
    for (int i = 0; i < models; i++) {
      votes += weights[i] * block[i][j];
    }
    double sum = 0;
    double divisor = 0;
    for (int i = 0; i < models; i++) {
      double v = weights[i] * block[i][j];
      if (votes >= 0 ? v > 0 : v < 0) {
        sum += v;
        divisor += weights[i];
      }
    }
    return (float) (base[j] + 0.9 * (normalize && divisor != 0 ? sum / divisor : sum));
  }

  @Benchmark
  public float[] elect(Work.Rate rate) {
    turn = (turn + 1) % BLOCKS;
    in.elect(election, d[turn], base, out, 0, Work.BLOCK);
    rate.block(4L * Work.BLOCK * (models + 2));
    return out;
  }
}
