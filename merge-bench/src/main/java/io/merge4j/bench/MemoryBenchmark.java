// SPDX-License-Identifier: Apache-2.0
package io.merge4j.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/// What the machine can do at most: copies between blocks in the core's cache, and between regions
/// of memory that no cache holds, on all cores.
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@OutputTimeUnit(TimeUnit.SECONDS)
public class MemoryBenchmark {

  private static final long REGION = 256L << 20;

  private final MemorySegment from = Arena.ofAuto().allocate(REGION, 4096).fill((byte) 1);
  private final MemorySegment to = Arena.ofAuto().allocate(REGION, 4096).fill((byte) 2);
  private long at;

  @Benchmark
  public MemorySegment cache(Work.Rate rate) {
    long bytes = 4L * Work.BLOCK;
    MemorySegment.copy(from, 0, to, bytes, bytes);
    rate.block(2 * bytes);
    return to;
  }

  @Benchmark
  @Threads(Threads.MAX)
  public MemorySegment memory(Work.Rate rate) {
    long bytes = 4L * Work.BLOCK;
    MemorySegment.copy(from, at, to, at, bytes);
    at = (at + bytes) % REGION;
    rate.block(2 * bytes);
    return to;
  }
}
