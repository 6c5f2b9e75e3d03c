// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class SoftmaxRowTest {

  private static FakeOperands operands(int size, long seed) {
    Random random = new Random(seed);
    float[][] x = new float[2][size];
    for (float[] each : x) {
      for (int j = 0; j < size; j++) {
        each[j] = (float) random.nextGaussian();
      }
    }
    return new FakeOperands(x, 1, 1);
  }

  private static double divergence(int size) {
    return SoftmaxRow.OF_THREAD.get().divergence(operands(size, size), size, 0);
  }

  /// Arrays are longer than a row then, and hold what is left of another.
  @Test
  void a_row_does_not_depend_on_those_before_it() {
    for (int size : new int[] {3, 600, 40_000}) {
      SoftmaxRow.OF_THREAD.remove();
      double alone = divergence(size);
      for (int before : new int[] {5, 700, 40_001}) {
        double other = divergence(before);
        assertThat(divergence(size)).isEqualTo(alone).isNotEqualTo(other);
      }
    }
  }
}
