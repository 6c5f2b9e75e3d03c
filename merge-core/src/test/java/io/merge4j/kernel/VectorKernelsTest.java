// SPDX-License-Identifier: Apache-2.0
package io.merge4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.merge4j.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Vector kernels give the bits of the scalar ones, at every length and start.
///
/// The run without the Vector API has nothing to compare; [KernelChoiceTest] fails if the other one
/// has not either.
class VectorKernelsTest {

  private static final long SEED = 20250917;
  private static final Kernels SCALAR = Kernels.scalar();

  private Kernels vector;

  @BeforeEach
  void needs_both() {
    assumeTrue(Kernels.vector().isPresent(), "this run is without the Vector API");
    vector = Kernels.vector().orElseThrow();
  }

  /// Any bits, or values as weights have them; either with a zero or a half-way value now and then.
  private static float[] values(Random random, int length, boolean anyBits) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] =
          switch (random.nextInt(16)) {
            case 0 -> random.nextBoolean() ? 0f : -0f;
            case 1 -> Float.intBitsToFloat(random.nextInt() & 0xbf7f8000);
            default ->
                anyBits
                    ? Float.intBitsToFloat(random.nextInt())
                    : (float) (random.nextGaussian() * 0.02);
          };
    }
    return values;
  }

  private static int[] canonicalBits(float[] values) {
    int[] bits = new int[values.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToIntBits(values[i]);
    }
    return bits;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4, 6, 8, 13, 16, 25, 31, 32, 33, 64, 127, 4095, 4096, 4097})
  void decoding_agrees(int count) {
    Random random = new Random(SEED + count);
    for (DType dtype : DType.values()) {
      for (int at = 0; dtype.isFloat() && at < 5; at++) {
        byte[] bytes = new byte[Math.toIntExact(dtype.bytes(count)) + at];
        random.nextBytes(bytes);
        float[] expected = new float[at + count];
        float[] actual = new float[at + count];
        SCALAR.decode(dtype, MemorySegment.ofArray(bytes), at, expected, at, count);
        vector.decode(dtype, MemorySegment.ofArray(bytes), at, actual, at, count);
        assertThat(canonicalBits(actual))
            .as("%s at %d, seed %d", dtype, at, SEED + count)
            .isEqualTo(canonicalBits(expected));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4, 6, 8, 13, 16, 25, 31, 32, 33, 64, 127, 4095, 4096, 4097})
  void encoding_agrees(int count) {
    Random random = new Random(SEED + count);
    for (DType dtype : new DType[] {DType.F32, DType.F64, DType.F16, DType.BF16}) {
      for (int at = 0; at < 5; at++) {
        float[] from = values(random, at + count, at % 2 == 0);
        byte[] expected = new byte[Math.toIntExact(dtype.bytes(count)) + at];
        byte[] actual = expected.clone();
        SCALAR.encode(dtype, from, at, count, MemorySegment.ofArray(expected), at);
        vector.encode(dtype, from, at, count, MemorySegment.ofArray(actual), at);
        assertThat(actual).as("%s at %d, seed %d", dtype, at, SEED + count).isEqualTo(expected);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4, 6, 8, 13, 16, 25, 31, 32, 33, 64, 127, 4095, 4096, 4097})
  void sums_agree(int count) {
    Random random = new Random(SEED + count);
    for (int at = 0; at < 5; at++) {
      float[] a = values(random, at + count, false);
      float[] b = values(random, at + count, false);
      String where = "%d elements from %d, seed %d".formatted(count, at, SEED + count);
      assertThat(vector.dot(a, b, at, count)).as(where).isEqualTo(SCALAR.dot(a, b, at, count));
      assertThat(vector.sumAbs(a, at, count)).as(where).isEqualTo(SCALAR.sumAbs(a, at, count));
      double[] expected = {1, 2, 3};
      double[] actual = {1, 2, 3};
      SCALAR.gram(new float[][] {a, b}, 2, at, count, expected);
      vector.gram(new float[][] {a, b}, 2, at, count, actual);
      assertThat(actual).as(where).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4, 6, 8, 13, 16, 25, 31, 32, 33, 64, 127, 4095, 4096, 4097})
  void weighted_sums_agree(int count) {
    Random random = new Random(SEED + count);
    for (int n = 1; n <= 6; n++) {
      for (int at = 0; at < 8; at++) {
        float[][] x = new float[n][];
        double[] c = new double[n];
        for (int k = 0; k < n; k++) {
          x[k] = values(random, at + count, at >= 4);
          c[k] = at % 2 == 0 ? random.nextGaussian() : random.nextInt(5) * 0.25;
        }
        float[] expected = new float[at + count];
        float[] actual = new float[at + count];
        SCALAR.weightedSum(c, x, n, expected, at, count);
        vector.weightedSum(c, x, n, actual, at, count);
        assertThat(canonicalBits(actual))
            .as("%d operands, %d elements from %d, seed %d", n, count, at, SEED + count)
            .isEqualTo(canonicalBits(expected));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4, 6, 8, 13, 16, 25, 31, 32, 33, 64, 127, 4095, 4096, 4097})
  void counts_agree(int count) {
    Random random = new Random(SEED + count);
    for (int at = 0; at < 5; at++) {
      float[] x = values(random, at + count, at % 2 == 0);
      String where = "%d elements from %d, seed %d".formatted(count, at, SEED + count);
      assertThat(vector.nonFinite(x, at, count))
          .as(where)
          .isEqualTo(SCALAR.nonFinite(x, at, count));
      int bits = random.nextInt() & 0x7fffffff;
      assertThat(vector.countAbove(x, at, count, bits))
          .as(where)
          .isEqualTo(SCALAR.countAbove(x, at, count, bits));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4, 6, 8, 13, 16, 25, 31, 32, 33, 64, 127, 4095, 4096, 4097})
  void selections_agree(int count) {
    Random random = new Random(SEED + count);
    for (int at = 0; at < 5; at++) {
      float[] x = values(random, at + count, at % 2 == 0);
      String where = "%d elements from %d, seed %d".formatted(count, at, SEED + count);
      int low = Float.floatToRawIntBits(0.01f);
      int high = at == 0 ? Integer.MAX_VALUE : Float.floatToRawIntBits(0.02f);
      int[] expected = new int[count + 3];
      int[] actual = new int[count + 3];
      int found = SCALAR.find(x, at, count, low, high, expected, 3);
      assertThat(vector.find(x, at, count, low, high, actual, 3)).as(where).isEqualTo(found);
      assertThat(Arrays.copyOf(actual, found)).as(where).isEqualTo(Arrays.copyOf(expected, found));
      float[] y = x.clone();
      SCALAR.keep(x, at, count, low, high);
      vector.keep(y, at, count, low, high);
      assertThat(canonicalBits(y)).as(where).isEqualTo(canonicalBits(x));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4, 6, 8, 13, 16, 25, 31, 32, 33, 64, 127, 4095, 4096, 4097})
  void elections_agree(int count) {
    Random random = new Random(SEED + count);
    for (int models = 1; models <= 5; models++) {
      for (int at = 0; at < 8; at++) {
        float[][] d = new float[models][];
        double[][] factors = new double[3][models];
        for (int k = 0; k < models; k++) {
          d[k] = values(random, at + count, at >= 4);
          for (double[] factor : factors) {
            factor[k] = at % 2 == 0 ? random.nextGaussian() : random.nextInt(3) * 0.5 - 0.5;
          }
        }
        double least = at == 1 ? 0.7 : at == 5 ? -9 : Double.NEGATIVE_INFINITY;
        Election election =
            new Election(factors[0], factors[1], factors[2], at == 3, at != 2, least, 0.9);
        float[] base = values(random, at + count, false);
        float[] expected = new float[at + count];
        float[] actual = new float[at + count];
        SCALAR.elect(election, d, base, expected, at, count);
        vector.elect(election, d, base, actual, at, count);
        assertThat(canonicalBits(actual))
            .as("%d models, %d elements from %d, seed %d", models, count, at, SEED + count)
            .isEqualTo(canonicalBits(expected));
        SCALAR.elect(election, d, base, base, at, count);
        System.arraycopy(base, at, actual, at, count);
        assertThat(canonicalBits(actual)).isEqualTo(canonicalBits(expected));
      }
    }
  }
}
