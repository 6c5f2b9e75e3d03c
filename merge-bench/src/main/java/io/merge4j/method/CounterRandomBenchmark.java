// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// Drawing and applying the random mask of dare to a block; one loop, which needs no Vector API.
///
/// In the package of what it measures, which is nobody else's.
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@OutputTimeUnit(TimeUnit.SECONDS)
public class CounterRandomBenchmark {

  private static final int SIZE = 4096;
  private static final long KEY = 42;

  /// Index of the block's first element: two elements share 64 random bits.
  @Param({"0", "4097"})
  long first;

  private final float[] x = new float[SIZE];

  /// Elements and bytes per second.
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  @State(Scope.Thread)
  public static class Rate {
    public double gigaelements;
    public double gigabytes;
  }

  /// Compares with the JDK's generator of the same name, which counts in the same steps.
  @Setup
  public void prepare() {
    for (int i = 0; i < SIZE; i++) {
      x[i] = i + 1;
    }
    CounterRandom.keep(0.5, KEY, first, x, SIZE);
    SplittableRandom random = new SplittableRandom(KEY);
    long bits = 0;
    for (long element = 0; element < first + SIZE; element++) {
      bits = element % 2 == 0 ? random.nextLong() : bits >>> 32;
      if (element >= first) {
        boolean stays = (bits & 0xffffffffL) < 1L << 31;
        int i = (int) (element - first);
        if (x[i] != (stays ? i + 1 : 0)) {
          throw new IllegalStateException("Wrong answer: mask of element " + element);
        }
      }
    }
  }

  @Benchmark
  public float[] mask(Rate rate) {
    CounterRandom.keep(0.5, KEY, first, x, SIZE);
    rate.gigaelements += SIZE * 1e-9;
    rate.gigabytes += 8e-9 * SIZE;
    return x;
  }
}
