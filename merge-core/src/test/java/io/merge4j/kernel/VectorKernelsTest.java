// SPDX-License-Identifier: Apache-2.0
package io.merge4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.merge4j.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Scalar and vector kernels give the same bits. [KernelChoiceTest] sees to it that this is tested.
class VectorKernelsTest {

  private static final long SEED = 20250917;
  private static final Kernels SCALAR = Kernels.scalar();

  private final Random random = new Random(SEED);

  @BeforeEach
  void needs_both() {
    assumeTrue(Kernels.vector().isPresent(), "the run without the Vector API compares nothing");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4, 6, 8, 13, 16, 25, 31, 32, 33, 64, 127, 4095, 4096, 4097})
  void both_kernels_agree(int count) {
    Kernels vector = Kernels.vector().orElseThrow();
    for (int at = 0; at < 4; at++) {
      float[] a = new float[at + count];
      float[] b = new float[at + count];
      for (int i = 0; i < a.length; i++) {
        a[i] = (float) random.nextGaussian();
        b[i] = Float.intBitsToFloat(random.nextInt() & ~0x40000000);
      }
      assertThat(vector.dot(a, b, at, count)).isEqualTo(SCALAR.dot(a, b, at, count));
      byte[] x = new byte[2 * count + 1];
      byte[] y = new byte[2 * count + 1];
      SCALAR.encode(DType.BF16, b, at, count, MemorySegment.ofArray(x), 1);
      vector.encode(DType.BF16, b, at, count, MemorySegment.ofArray(y), 1);
      assertThat(y).isEqualTo(x);
      float[] p = new float[at + count];
      float[] q = new float[at + count];
      SCALAR.decode(DType.BF16, MemorySegment.ofArray(x), 1, p, at, count);
      vector.decode(DType.BF16, MemorySegment.ofArray(y), 1, q, at, count);
      assertThat(q).isEqualTo(p);
    }
  }
}
