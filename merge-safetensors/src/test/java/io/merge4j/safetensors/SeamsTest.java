// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/// Pieces of a file of 8 blocks of 10 bytes, each of which has its position as its value.
class SeamsTest {

  private static final int BLOCK = 10;

  /// What was written, by whole blocks and otherwise.
  private final int[] whole = new int[8 * BLOCK];

  private final int[] others = new int[8 * BLOCK];
  private final Seams seams = new Seams(BLOCK, (position, bytes) -> note(others, position, bytes));

  private static void note(int[] written, long position, ByteBuffer bytes) {
    for (int at = (int) position; bytes.hasRemaining(); at++) {
      assertThat(bytes.get()).isEqualTo((byte) at);
      written[at]++;
    }
  }

  /// Takes the bytes from a position to another.
  private void take(int from, int to) throws IOException {
    int origin = from / BLOCK * BLOCK;
    ByteBuffer piece = ByteBuffer.allocate((to - origin + BLOCK - 1) / BLOCK * BLOCK);
    Arrays.fill(piece.array(), (byte) -1);
    for (int at = from; at < to; at++) {
      piece.put(at - origin, (byte) at);
    }
    seams.fit(origin, piece.limit(to - origin).position(from - origin));
    assertThat(piece.remaining() % BLOCK).isZero();
    if (piece.hasRemaining()) {
      assertThat(piece.position() % BLOCK).isZero();
      note(whole, origin + piece.position(), piece);
    }
  }

  private static int[] positions(int[] written) {
    return IntStream.range(0, written.length)
        .flatMap(at -> IntStream.range(0, written[at]).map(time -> at))
        .toArray();
  }

  private static int[] range(int from, int to) {
    return IntStream.range(from, to).toArray();
  }

  @Test
  void whole_blocks_are_left_as_they_are() throws IOException {
    take(10, 40);
    assertThat(positions(whole)).isEqualTo(range(10, 40));
  }

  @Test
  void the_second_of_two_that_meet_has_their_block() throws IOException {
    take(3, 25);
    assertThat(positions(whole)).isEqualTo(range(10, 20));
    take(25, 40);
    assertThat(positions(whole)).isEqualTo(range(10, 40));
  }

  @Test
  void so_it_is_if_the_later_one_comes_first() throws IOException {
    take(25, 47);
    take(10, 25);
    assertThat(positions(whole)).isEqualTo(range(10, 40));
  }

  @Test
  void one_between_two_has_both_blocks() throws IOException {
    take(10, 25);
    take(45, 50);
    take(25, 45);
    assertThat(positions(whole)).isEqualTo(range(10, 50));
  }

  @Test
  void several_pieces_make_one_block() throws IOException {
    take(12, 13);
    take(15, 20);
    take(10, 12);
    assertThat(positions(whole)).isEmpty();
    take(13, 15);
    assertThat(positions(whole)).isEqualTo(range(10, 20));
  }

  @Test
  void the_rest_goes_elsewhere() throws IOException {
    take(3, 25);
    take(31, 32);
    seams.drain();
    assertThat(positions(others)).containsExactly(3, 4, 5, 6, 7, 8, 9, 20, 21, 22, 23, 24, 31);
    seams.drain();
    take(25, 30);
    assertThat(positions(whole)).isEqualTo(range(10, 20));
  }

  /// In any order, with a halt anywhere.
  @Property
  void each_byte_is_written_once(
      @ForAll @Size(max = 12) List<@IntRange(max = 80) Integer> cuts,
      @ForAll long order,
      @ForAll @IntRange(max = 12) int halt)
      throws IOException {
    SeamsTest file = new SeamsTest();
    int[] bounds =
        IntStream.concat(IntStream.of(0, 80), cuts.stream().mapToInt(Integer::intValue))
            .sorted()
            .distinct()
            .toArray();
    List<Integer> pieces = new ArrayList<>(IntStream.range(1, bounds.length).boxed().toList());
    Collections.shuffle(pieces, new Random(order));
    for (int i = 0; i < pieces.size(); i++) {
      file.take(bounds[pieces.get(i) - 1], bounds[pieces.get(i)]);
      if (i == halt) {
        file.seams.drain();
      }
    }
    file.seams.drain();
    for (int at = 0; at < 80; at++) {
      assertThat(file.whole[at] + file.others[at]).isEqualTo(1);
    }
  }
}
