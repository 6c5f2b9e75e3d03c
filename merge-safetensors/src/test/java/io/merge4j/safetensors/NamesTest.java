// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class NamesTest {

  @Test
  void sorts_by_code_point_and_not_by_char_or_number() {
    assertThat(
            Stream.of("\ud83d\ude00", "\uffee", "b", "a.9", "a.10", "", "a").sorted(Names::compare))
        .containsExactly("", "a", "a.10", "a.9", "b", "\uffee", "\ud83d\ude00");
  }

  @Property
  void sorts_as_the_bytes_of_utf8(@ForAll String a, @ForAll String b) {
    if (Names.isUnicode(a) && Names.isUnicode(b)) {
      int bytes =
          Arrays.compareUnsigned(
              a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
      assertThat(Integer.signum(Names.compare(a, b))).isEqualTo(Integer.signum(bytes));
    }
  }

  @Test
  void knows_lone_surrogates() {
    assertThat(Names.isUnicode("\ud83d\ude00")).isTrue();
    assertThat(Names.isUnicode("\ud83d")).isFalse();
    assertThat(Names.isUnicode("\ude00\ud83d")).isFalse();
  }

  @Test
  void shows_names_harmlessly() {
    assertThat(Names.quote("a\n\u001b\u0085é😀\ud800"))
        .isEqualTo("\"a\\u000a\\u001b\\u0085é😀\\ud800\"");
    assertThat(Names.quote("x".repeat(300))).endsWith("xxx\"... (300 characters)").hasSize(222);
  }
}
