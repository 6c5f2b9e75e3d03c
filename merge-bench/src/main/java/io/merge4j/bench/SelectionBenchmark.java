// SPDX-License-Identifier: Apache-2.0
package io.merge4j.bench;

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

/// The steps of an exact selection by magnitude, and the trimming that follows.
@State(Scope.Thread)
@Fork(value = 1, jvmArgsAppend = Work.VECTOR_API)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@OutputTimeUnit(TimeUnit.SECONDS)
public class SelectionBenchmark {

  private static final int LOW = Float.floatToRawIntBits(0.0134f);
  private static final int HIGH = Float.floatToRawIntBits(0.0136f);

  @Param({"scalar", "vector"})
  String kernels = "";

  private final float[] x = Work.weights(1);

  /// Take turns, since the processor learns where in one block the few elements are.
  private final float[][] blocks = new float[16][];

  private int turn;
  private final float[] trimmed = Work.weights(1);
  private final int[] found = new int[Work.BLOCK];
  private Kernels in = Kernels.scalar();

  @Setup
  public void prepare() {
    in = Work.kernels(kernels);
    Arrays.setAll(blocks, Work::weights);
    for (float[] block : blocks) {
      int above = 0;
      int between = in.find(block, 0, Work.BLOCK, LOW, HIGH, found, 0);
      int next = 0;
      for (int i = 0; i < Work.BLOCK; i++) {
        int magnitude = Float.floatToRawIntBits(Math.abs(block[i]));
        above += magnitude > HIGH ? 1 : 0;
        if (magnitude >= LOW && magnitude <= HIGH) {
          Work.check(next < between && found[next++] == i, "search");
        }
      }
      Work.check(next == between, "search");
      Work.check(in.countAbove(block, 0, Work.BLOCK, HIGH) == above, "count");
    }
    in.keep(trimmed, 0, Work.BLOCK, LOW, Integer.MAX_VALUE);
    for (int i = 0; i < Work.BLOCK; i++) {
      boolean stays = Float.floatToRawIntBits(Math.abs(x[i])) > LOW;
      Work.check(trimmed[i] == (stays ? x[i] : 0), "trimming");
    }
  }

  @Benchmark
  public int countAbove(Work.Rate rate) {
    rate.block(4L * Work.BLOCK);
    return in.countAbove(x, 0, Work.BLOCK, HIGH);
  }

  @Benchmark
  public int find(Work.Rate rate) {
    rate.block(4L * Work.BLOCK);
    turn = (turn + 1) % blocks.length;
    return in.find(blocks[turn], 0, Work.BLOCK, LOW, HIGH, found, 0);
  }

  @Benchmark
  public float[] trim(Work.Rate rate) {
    rate.block(8L * Work.BLOCK);
    in.keep(trimmed, 0, Work.BLOCK, LOW, Integer.MAX_VALUE);
    return trimmed;
  }
}
