// SPDX-License-Identifier: Apache-2.0
package io.merge4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Rooms of blocks of 4096 bytes, for 10000 bytes mostly.
class RoomsTest {

  private static final int BLOCK = 4096;

  private final Rooms rooms = new Rooms(BLOCK, 10_000);

  @ParameterizedTest
  @CsvSource({"0, 10000", "5, 10000", "12293, 10000", "4095, 1", "4095, 2", "8191, 100000"})
  void bytes_lie_as_they_do_in_their_block(long position, int count) {
    ByteBuffer room = rooms.take(position, count);
    assertThat(room.position()).isEqualTo((int) (position % BLOCK));
    assertThat(room.remaining()).isEqualTo(count);
    assertThat(room.alignmentOffset(0, BLOCK)).isZero();
    assertThat(room.capacity()).isGreaterThanOrEqualTo(Math.ceilDiv(room.limit(), BLOCK) * BLOCK);
  }

  @Test
  void a_room_is_used_again() {
    ByteBuffer room = rooms.take(5, 10_000);
    ByteBuffer other = rooms.take(5, 10_000);
    assertThat(other).isNotSameAs(room);
    rooms.give(room);
    assertThat(rooms.take(4095, 3)).isSameAs(room);
  }

  @Test
  void one_that_is_too_small_is_not() {
    rooms.give(rooms.take(0, 10));
    assertThat(rooms.take(0, 20_000).remaining()).isEqualTo(20_000);
  }
}
