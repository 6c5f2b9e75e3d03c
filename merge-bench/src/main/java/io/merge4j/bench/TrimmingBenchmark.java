// SPDX-License-Identifier: Apache-2.0
package io.merge4j.bench;

import com.google.common.collect.ImmutableList;
import io.merge4j.Blend;
import io.merge4j.MergeMethod;
import io.merge4j.Methods;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/// The trimming of TIES on a float32 tensor larger than a core's cache: finding the exact threshold
/// that keeps half of a task vector, and dropping what is below it.
@State(Scope.Thread)
@Fork(value = 1, jvmArgsAppend = Work.VECTOR_API)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@OutputTimeUnit(TimeUnit.SECONDS)
public class TrimmingBenchmark {

  private static final int SIZE = 1 << 20;

  @Param({"scalar", "vector"})
  String kernels = "";

  private final MergeMethod ties = Methods.find("ties");
  private final float[] tuned = Work.weights(1, SIZE);
  private final MatrixOperands operands =
      new MatrixOperands(
          ties,
          1,
          ImmutableList.of(
              Tensor.of("tuned", Shape.of(SIZE), tuned),
              Tensor.of("base", Shape.of(SIZE), new float[SIZE])));
  private Blend trimmed = Blend.copy(0);

  /// Compares with sorting all magnitudes: of one model, whose weight cancels, what is left is the
  /// trimmed task vector.
  @Setup
  public void prepare() {
    Work.use(kernels);
    trimmed = ties.prepare(operands);
    float[] sorted = new float[SIZE];
    for (int i = 0; i < SIZE; i++) {
      sorted[i] = Math.abs(tuned[i]);
    }
    Arrays.sort(sorted);
    float least = sorted[SIZE / 2];
    long[] kept = {0};
    operands.blend(
        trimmed,
        block -> {
          for (int i = 0; i < block.size(); i++) {
            float value = tuned[(int) block.first() + i];
            float found = block.out()[i];
            Work.check(found == 0 || found == value, "kept as it is");
            Work.check(Math.abs(value) <= least || found == value, "kept");
            Work.check(Math.abs(value) >= least || found == 0, "dropped");
          }
          kept[0] += IntStream.range(0, block.size()).filter(i -> block.out()[i] != 0).count();
        });
    Work.check(kept[0] == SIZE / 2, "number kept");
  }

  @Benchmark
  public Blend threshold(Work.Rate rate) {
    rate.add(SIZE, 8L * SIZE);
    return ties.prepare(operands);
  }

  @Benchmark
  public void trim(Work.Rate rate, Blackhole hole) {
    operands.blend(trimmed, block -> hole.consume(block.out()));
    rate.add(SIZE, 8L * SIZE);
  }
}
