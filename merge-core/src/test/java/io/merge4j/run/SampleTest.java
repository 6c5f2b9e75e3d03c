// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SampleTest {

  @ParameterizedTest
  @CsvSource({"16777216, 4096", "46137344, 8192", "131072000, 4096"})
  void pieces_fall_evenly_on_the_columns(long elements, int columns) {
    long[] places = Sample.places(elements);
    int[] hits = new int[64];
    for (int i = 0; i < places.length; i++) {
      assertThat(places[i]).isBetween(0L, elements - Sample.PIECE);
      assertThat(i == 0 || places[i] >= places[i - 1] + Sample.PIECE).isTrue();
      hits[(int) (places[i] % columns * hits.length / columns)]++;
    }
    for (int hit : hits) {
      assertThat(hit).isBetween(places.length / 128, places.length / 32);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 255, 256, 257, 1 << 16})
  void small_tensors_are_taken_whole(long elements) {
    long[] places = Sample.places(elements);
    assertThat(places).hasSize((int) Math.ceilDiv(elements, Sample.PIECE));
    for (int i = 0; i < places.length; i++) {
      assertThat(places[i]).isEqualTo((long) i * Sample.PIECE);
    }
  }
}
