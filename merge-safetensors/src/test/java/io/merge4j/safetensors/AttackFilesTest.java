// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.merge4j.safetensors.SafetensorsException.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Files that are made to harm a reader: to take its time or memory, or to be two things at once.
///
/// The suite runs with a heap of 1 GB; headers of 100 MB must fit.
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class AttackFilesTest {

  private static final String PAIR = "{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}";

  @Test
  void a_huge_header_length_takes_no_memory() {
    assertThat(refusal(RawFile.withLength(Long.MAX_VALUE, new byte[0], 0)))
        .isEqualTo(Reason.HEADER_TOO_LARGE);
    assertThat(refusal(RawFile.withLength(100_000_000, new byte[0], 0)))
        .isEqualTo(Reason.INVALID_HEADER_LENGTH);
  }

  @Test
  void a_git_lfs_pointer_gets_its_remedy() {
    byte[] pointer =
        """
        version https://git-lfs.github.com/spec/v1
        oid sha256:e967
        size 10240
        """
            .getBytes(StandardCharsets.US_ASCII);
    SafetensorsException refusal =
        catchThrowableOfType(SafetensorsException.class, () -> RawFile.parse(pointer));
    assertThat(refusal.reason()).isEqualTo(Reason.LFS_POINTER);
    assertThat(refusal).hasMessageContaining("git lfs pull");
  }

  @Test
  void a_web_page_is_shown_to_be_one() {
    byte[] page = "<!DOCTYPE html><html></html>".getBytes(StandardCharsets.US_ASCII);
    SafetensorsException refusal =
        catchThrowableOfType(SafetensorsException.class, () -> RawFile.parse(page));
    assertThat(refusal.reason()).isEqualTo(Reason.HEADER_TOO_LARGE);
    assertThat(refusal).hasMessageContaining("<!DOCTYP");
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-16LE", "UTF-16BE", "UTF-16", "UTF-32LE", "UTF-32BE"})
  void json_in_another_encoding_is_refused(String charset) {
    byte[] header = ("{\"a\":" + PAIR + "}").getBytes(java.nio.charset.Charset.forName(charset));
    assertThat(refusal(RawFile.of(header, 8))).isIn(Reason.INVALID_JSON, Reason.INVALID_UTF8);
  }

  @Test
  void nesting_as_deep_as_the_reference_reader_allows_is_accepted() throws IOException {
    // Two levels for the header and the entry, so 127 in all.
    assertThat(RawFile.parse(nested(125)).entries()).hasSize(1);
    assertThat(refusal(nested(126))).isEqualTo(Reason.INVALID_JSON);
  }

  @Test
  void deep_nesting_does_not_overflow_the_stack() {
    assertThat(refusal(nested(1_000_000))).isEqualTo(Reason.INVALID_JSON);
    assertThat(refusal(RawFile.of("{'a':".repeat(1_000_000), 0))).isEqualTo(Reason.INVALID_JSON);
    assertThat(refusal(RawFile.of("[".repeat(10_000_000), 0))).isEqualTo(Reason.INVALID_JSON);
  }

  private static byte[] nested(int levels) {
    return RawFile.of(
        "{'a':{'dtype':'F32','x':%s1%s,'shape':[2],'data_offsets':[0,8]}}"
            .formatted("[".repeat(levels), "]".repeat(levels)),
        8);
  }

  @Test
  void a_name_of_a_megabyte_is_a_name() throws IOException {
    String name = "é".repeat(1_000_000);
    assertThat(RawFile.parse(RawFile.of("{'" + name + "':" + PAIR + "}", 8)).entries())
        .containsOnlyKeys(name);
  }

  @Test
  void a_shape_of_a_thousand_dimensions_is_the_longest() throws IOException {
    String ones = "1,".repeat(998);
    String shaped = "{'a':{'dtype':'F32','shape':[%s2,1],'data_offsets':[0,8]}}";
    assertThat(
            RawFile.parse(RawFile.of(shaped.formatted(ones), 8)).specs().getFirst().shape().rank())
        .isEqualTo(1000);
    assertThat(refusal(RawFile.of(shaped.formatted(ones + "1,"), 8)))
        .isEqualTo(Reason.INVALID_JSON);
    assertThat(refusal(RawFile.of(shaped.formatted("1,".repeat(20_000_000)), 8)))
        .isEqualTo(Reason.INVALID_JSON);
  }

  @Test
  void a_header_of_100_MB_of_spaces_is_accepted() throws IOException {
    byte[] header = new byte[SafetensorsHeader.MAX_BYTES];
    Arrays.fill(header, (byte) ' ');
    header[0] = '{';
    header[header.length - 1] = '}';
    byte[] file = RawFile.of(header, 0);
    assertThat(RawFile.parse(file).entries()).isEmpty();

    file[50_000_000] = 'x';
    assertThat(refusal(file)).isEqualTo(Reason.INVALID_JSON);
  }

  @Test
  void a_header_of_100_MB_of_tensors_is_accepted() throws IOException {
    String longName = "model.layers.0.block_sparse_moe.experts.".repeat(10);
    StringBuilder header = new StringBuilder("{");
    int tensors = 0;
    while (header.length() < SafetensorsHeader.MAX_BYTES - 1000) {
      header
          .append('"')
          .append(longName)
          .append(tensors)
          .append("\":{\"dtype\":\"U8\",\"shape\":[1,1],\"data_offsets\":[")
          .append(tensors)
          .append(',')
          .append(++tensors)
          .append("]},");
    }
    header.setCharAt(header.length() - 1, '}');
    byte[] file = RawFile.of(header.toString().getBytes(StandardCharsets.US_ASCII), tensors);
    assertThat(RawFile.parse(file).entries()).hasSize(tensors);
  }

  @Test
  void names_of_equal_hash_codes_take_no_longer() throws IOException {
    // "Aa" and "BB" have one hash code, and so have all their sequences: 65,536 names.
    StringBuilder header = new StringBuilder("{");
    for (int i = 0; i < 1 << 16; i++) {
      StringBuilder name = new StringBuilder();
      for (int bit = 0; bit < 16; bit++) {
        name.append((i >> bit & 1) == 0 ? "Aa" : "BB");
      }
      header.append("'%s':{'dtype':'U8','shape':[0],'data_offsets':[0,0]},".formatted(name));
    }
    header.setCharAt(header.length() - 1, '}');
    SafetensorsHeader parsed = RawFile.parse(RawFile.of(header.toString(), 0));
    assertThat(parsed.entries()).hasSize(1 << 16);
    assertThat(parsed.entries()).containsKey("AaBB".repeat(8));
  }

  private static Reason refusal(byte[] file) {
    return catchThrowableOfType(SafetensorsException.class, () -> RawFile.parse(file)).reason();
  }
}
