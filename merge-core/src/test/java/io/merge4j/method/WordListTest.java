// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.primitives.Ints;
import io.merge4j.Block;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WordListTest {

  private static final int MAGNITUDE = Integer.MAX_VALUE;

  /// Appends some elements of a block each time, and says what their bits are.
  private static List<Integer> fill(WordList list, int... counts) {
    Random random = new Random(3);
    List<Integer> expected = new ArrayList<>();
    for (int count : counts) {
      float[] x = new float[Block.SIZE];
      for (int j = 0; j < x.length; j++) {
        x[j] = random.nextFloat() - 0.5f;
      }
      int[] places = random.ints(0, Block.SIZE).distinct().limit(count).sorted().toArray();
      list.add(x, places, count, MAGNITUDE);
      Arrays.stream(places).forEach(place -> expected.add(Cut.magnitude(x[place])));
    }
    return expected;
  }

  /// Runs that end with a part, begin within one, are empty, and are longer than one.
  @ParameterizedTest
  @ValueSource(ints = {1, 100, 1000, WordList.PART, WordList.PART + 1, Block.SIZE})
  void words_come_back_from_any_place(int count) {
    try (Arena arena = Arena.ofConfined()) {
      WordList list = new WordList(arena);
      List<Integer> expected = fill(list, count, 0, count, 7, count);
      for (int from = 0; from < expected.size(); from += 601) {
        int[] words = new int[Math.min(Block.SIZE, expected.size() - from)];
        list.copy(from, words.length, words);
        assertThat(Ints.asList(words)).isEqualTo(expected.subList(from, from + words.length));
      }
    }
  }

  @Test
  void all_are_gone_through_in_order() {
    try (Arena arena = Arena.ofConfined()) {
      WordList list = new WordList(arena);
      List<Integer> expected = fill(list, 3000, 1, 2000);
      List<Integer> actual = new ArrayList<>();
      list.forEach(
          (words, count) -> Arrays.stream(words, 0, count).forEach(actual::add),
          new int[WordList.PART]);
      assertThat(actual).isEqualTo(expected);
    }
  }
}
