// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class ChecksumTest {

  @Test
  void is_the_crc_32c_of_the_standards_check_value() {
    byte[] digits = "123456789".getBytes(StandardCharsets.US_ASCII);
    Checksum checksum = new Checksum(digits.length);
    checksum.add(5, ByteBuffer.wrap(digits, 5, 4));
    checksum.add(0, ByteBuffer.wrap(digits, 0, 5));
    assertThat(checksum.value()).isEqualTo(0xE3069283);
  }

  @Test
  void is_that_of_the_whole_however_it_is_cut_and_ordered() {
    Random random = new Random(7);
    for (int size : new int[] {0, 1, 31, 4096, 100_001}) {
      byte[] bytes = new byte[size];
      random.nextBytes(bytes);
      CRC32C whole = new CRC32C();
      whole.update(bytes);
      List<Integer> cuts = new ArrayList<>(List.of(0));
      while (cuts.getLast() < size) {
        cuts.add(Math.min(size, cuts.getLast() + 1 + random.nextInt(size)));
      }
      List<Integer> order = new ArrayList<>();
      for (int i = 1; i < cuts.size(); i++) {
        order.add(i);
      }
      Collections.shuffle(order, random);
      Checksum checksum = new Checksum(size);
      for (int i : order) {
        ByteBuffer piece = ByteBuffer.wrap(bytes, cuts.get(i - 1), cuts.get(i) - cuts.get(i - 1));
        checksum.add(cuts.get(i - 1), piece);
        assertThat(piece.remaining()).isPositive();
      }
      assertThat(checksum.value()).isEqualTo((int) whole.getValue());
    }
  }

  @Test
  void holds_for_pieces_many_gigabytes_apart() {
    // A piece of zeros at the front shifts nothing but itself; its CRC is not 0.
    long size = (5L << 30) + 3;
    Checksum checksum = new Checksum(size);
    CRC32C whole = new CRC32C();
    byte[] zeros = new byte[1 << 20];
    for (long at = 0; at < size; at += zeros.length) {
      int count = (int) Math.min(zeros.length, size - at);
      whole.update(zeros, 0, count);
      checksum.add(at, ByteBuffer.wrap(zeros, 0, count));
    }
    assertThat(checksum.value()).isEqualTo((int) whole.getValue());
  }
}
