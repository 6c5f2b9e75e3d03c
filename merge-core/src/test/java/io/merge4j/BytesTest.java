// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class BytesTest {

  @Test
  void reads_sizes_as_people_write_them() {
    assertThat(Bytes.parse("5GB")).isEqualTo(5_000_000_000L);
    assertThat(Bytes.parse("5G")).isEqualTo(5_000_000_000L);
    assertThat(Bytes.parse("1.5 kB")).isEqualTo(1500);
    assertThat(Bytes.parse("4GiB")).isEqualTo(4L << 30);
    assertThat(Bytes.parse("12")).isEqualTo(12);
  }

  @Test
  void refuses_what_is_no_size() {
    for (String text : new String[] {"", "GB", "-1", "5XB", "1e9", "5 G B"}) {
      assertThatIllegalArgumentException().isThrownBy(() -> Bytes.parse(text));
    }
  }

  @Test
  void prints_three_digits_and_a_unit() {
    assertThat(Bytes.print(512)).isEqualTo("512 B");
    assertThat(Bytes.print(836_736)).isEqualTo("837 kB");
    assertThat(Bytes.print(2_200_000_000L)).isEqualTo("2.20 GB");
    assertThat(Bytes.print(999_999)).isEqualTo("1.00 MB");
  }
}
