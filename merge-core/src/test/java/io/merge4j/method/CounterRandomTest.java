// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class CounterRandomTest {

  @Test
  void is_split_mix_64() {
    // The published generator started at 1234567: halves of its outputs 0, 1 and 4.
    long[] outputs = {
      6457827717110365317L, 3203168211198807973L, Long.parseUnsignedLong("16408922859458223821")
    };
    int[] places = {0, 1, 4};
    for (int k = 0; k < places.length; k++) {
      assertThat(CounterRandom.bits(1234567, 2L * places[k])).isEqualTo(outputs[k] & 0xffffffffL);
      assertThat(CounterRandom.bits(1234567, 2L * places[k] + 1)).isEqualTo(outputs[k] >>> 32);
    }
  }

  @Test
  void a_mask_does_not_depend_on_the_pieces_in_which_it_is_taken() {
    float[] whole = mask(0.3, 77, 0, 10_000);
    for (int at = 0; at < 10_000; at += 1233) {
      int size = Math.min(1233, 10_000 - at);

      assertThat(mask(0.3, 77, at, size)).isEqualTo(Arrays.copyOfRange(whole, at, at + size));
    }
    for (int i = 0; i < 10_000; i++) {
      assertThat(whole[i] == 1).isEqualTo(CounterRandom.uniform(77, i) < 0.3);
    }
  }

  @Test
  void keeps_the_share_that_it_shall_over_many_keys() {
    for (double density : new double[] {0, 0.01, 0.1, 0.5, 0.9, 1}) {
      double sum = 0;
      double squares = 0;
      int keys = 400;
      int size = 5000;
      for (long key = 0; key < keys; key++) {
        double kept = sum(mask(density, key, 0, size));
        double deviation =
            (kept - density * size) / Math.sqrt(density * (1 - density) * size + 1e-9);
        sum += deviation;
        squares += deviation * deviation;
      }
      // The mean of 400 standard deviates is within 4/20 of 0, their variance within 4 √(2/400) of
      // 1.
      assertThat(sum / keys).as("%s", density).isCloseTo(0, within(0.2));
      assertThat(squares / keys).isCloseTo(density == 0 || density == 1 ? 0 : 1, within(0.3));
    }
  }

  @Test
  void masks_of_different_keys_and_neighbours_are_independent() {
    int size = 100_000;
    for (long key = 0; key < 20; key++) {
      float[] a = mask(0.5, key, 0, size);
      float[] b = mask(0.5, key + 1, 0, size);
      double both = 0;
      double neighbours = 0;
      for (int i = 0; i < size; i++) {
        both += a[i] * b[i];
        neighbours += a[i] * a[(i + 1) % size];
      }
      // A quarter of them, ± 5 √(3/16 / 100000).
      assertThat(both / size).isCloseTo(0.25, within(0.007));
      assertThat(neighbours / size).isCloseTo(0.25, within(0.009));
    }
  }

  private static float[] mask(double density, long key, long first, int size) {
    float[] ones = Merging.filled(size, 1);
    CounterRandom.keep(density, key, first, ones, size);
    return ones;
  }

  private static double sum(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += value;
    }
    return sum;
  }
}
