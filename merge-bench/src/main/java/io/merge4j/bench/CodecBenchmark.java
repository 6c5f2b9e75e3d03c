// SPDX-License-Identifier: Apache-2.0
package io.merge4j.bench;

import io.merge4j.kernel.Kernels;
import io.merge4j.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
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

/// Decoding a block to float32 and encoding it again, in the core's own cache.
@State(Scope.Thread)
@Fork(value = 1, jvmArgsAppend = Work.VECTOR_API)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@OutputTimeUnit(TimeUnit.SECONDS)
public class CodecBenchmark {

  @Param({"scalar", "vector"})
  String kernels = "";

  @Param({"BF16", "F16", "F32"})
  DType dtype = DType.BF16;

  private final float[] block = Work.weights(1);
  private Kernels in = Kernels.scalar();
  private MemorySegment encoded = MemorySegment.NULL;
  private MemorySegment into = MemorySegment.NULL;

  @Setup
  public void prepare() {
    in = Work.kernels(kernels);
    encoded = Work.encoded(dtype, 1);
    into = Arena.ofAuto().allocate(encoded.byteSize(), 64);
    in.decode(dtype, encoded, 0, block, 0, Work.BLOCK);
    float[] expected = new float[Work.BLOCK];
    Kernels.scalar().decode(dtype, encoded, 0, expected, 0, Work.BLOCK);
    Work.check(Arrays.equals(block, expected), "decoding " + dtype);
    in.encode(dtype, block, 0, Work.BLOCK, into, 0);
    Work.check(into.mismatch(encoded) < 0, "encoding " + dtype);
  }

  @Benchmark
  public float[] decode(Work.Rate rate) {
    in.decode(dtype, encoded, 0, block, 0, Work.BLOCK);
    rate.block(encoded.byteSize() + 4L * Work.BLOCK);
    return block;
  }

  @Benchmark
  public MemorySegment encode(Work.Rate rate) {
    in.encode(dtype, block, 0, Work.BLOCK, into, 0);
    rate.block(encoded.byteSize() + 4L * Work.BLOCK);
    return into;
  }
}
