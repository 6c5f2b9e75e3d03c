// SPDX-License-Identifier: Apache-2.0
package io.merge4j.bench;

import io.merge4j.kernel.Kernels;
import io.merge4j.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/// What the benchmarks work on: blocks like those of a merge, the kernels by name, counters.
public final class Work {

  /// Elements of a block.
  static final int BLOCK = 4096;

  /// JVM argument without which there are no vector kernels.
  static final String VECTOR_API = "--add-modules=jdk.incubator.vector";

  private Work() {}

  /// The kernels of that name.
  ///
  /// @param name scalar or vector
  /// @throws IllegalStateException if they are impossible here
  static Kernels kernels(String name) {
    return name.equals("scalar")
        ? Kernels.scalar()
        : Kernels.vector().orElseThrow(() -> new IllegalStateException(Kernels.description()));
  }

  /// Makes kernels those of the whole JVM, which chooses them once: to be called first of all in a
  /// setup, of benchmarks that run in a JVM of their own.
  ///
  /// @param name scalar or vector
  /// @throws IllegalStateException if they are impossible here, or others were chosen before
  static void use(String name) {
    System.setProperty("merge.kernels", name);
    check(Kernels.best().equals(kernels(name)), "kernels in use: " + Kernels.description());
  }

  /// A block of weights as models have them: normal, with a deviation of 0.02.
  static float[] weights(long seed) {
    return weights(seed, BLOCK);
  }

  /// Weights as models have them.
  static float[] weights(long seed, int size) {
    Random random = new Random(seed);
    float[] x = new float[size];
    for (int i = 0; i < size; i++) {
      x[i] = (float) (0.02 * random.nextGaussian());
    }
    return x;
  }

  /// A block of weights in a type, off the heap.
  static MemorySegment encoded(DType dtype, long seed) {
    if (dtype.isWritable()) {
      return encoded(dtype, weights(seed));
    }
    MemorySegment bytes = Arena.ofAuto().allocate(dtype.bytes(BLOCK), 64);
    Random random = new Random(seed);
    for (long i = 0; i < bytes.byteSize(); i++) {
      bytes.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt(0x70));
    }
    return bytes;
  }

  /// Numbers in a type, off the heap.
  static MemorySegment encoded(DType dtype, float[] x) {
    MemorySegment bytes = Arena.ofAuto().allocate(dtype.bytes(x.length), 64);
    Kernels.scalar().encode(dtype, x, 0, x.length, bytes, 0);
    return bytes;
  }

  /// Fails a benchmark whose kernel gives a wrong answer, before it is measured.
  static void check(boolean isRight, String what) {
    if (!isRight) {
      throw new IllegalStateException("Wrong answer: " + what);
    }
  }

  /// Elements and bytes per second, beside the calls.
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  @State(Scope.Thread)
  public static class Rate {
    /// 10^9 elements of each operand.
    public double gigaelements;

    /// 10^9 bytes read and written.
    public double gigabytes;

    /// Counts a block.
    void block(long moved) {
      add(BLOCK, moved);
    }

    /// Counts elements of each operand, and bytes read and written.
    void add(long elements, long moved) {
      gigaelements += elements * 1e-9;
      gigabytes += moved * 1e-9;
    }
  }
}
