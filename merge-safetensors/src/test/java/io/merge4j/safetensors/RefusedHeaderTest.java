// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.merge4j.safetensors.SafetensorsException.Reason;
import java.nio.charset.StandardCharsets;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Every reason why a file is refused, with a file made for it.
class RefusedHeaderTest {

  /// A tensor of 8 bytes.
  private static final String PAIR = "{'dtype':'F32','shape':[2],'data_offsets':[0,8]}";

  private static final String ACCEPTED = "{'a':" + PAIR + "}";

  @ParameterizedTest
  @ValueSource(
      strings = {
        // No object, or more than one
        "[]",
        "1",
        "'a'",
        "null",
        "",
        "  ",
        "{",
        ACCEPTED + ACCEPTED,
        ACCEPTED + "\0",
        ACCEPTED + "x",
        ACCEPTED + "\f",
        "\u000b" + ACCEPTED,
        "\u00a0" + ACCEPTED,
        // Byte order mark, comments, commas, control characters, lone surrogates
        "\ufeff" + ACCEPTED,
        "/**/" + ACCEPTED,
        "{'a':" + PAIR + ",}",
        "{'a\n':" + PAIR + "}",
        "{'\\ud800':" + PAIR + "}",
        "{'\\udc00\\ud800':" + PAIR + "}",
        "{'a':{'dtype':'F32','more':'\\ud800','shape':[2],'data_offsets':[0,8]}}",
        "{'a':{'dtype':'F32','\\ud800':1,'shape':[2],'data_offsets':[0,8]}}",
        "{'__metadata__':{'\\ud800':'x'},'a':" + PAIR + "}",
        "{'__metadata__':{'x':'\\ud800'},'a':" + PAIR + "}",
        "{'a\\x':" + PAIR + "}",
        // Entries
        "{'a':1}",
        "{'a':null}",
        "{'a':{}}",
        "{'a':[]}",
        "{'a':['F32',[2]]}",
        "{'a':['F32',[2],[0,8],1]}",
        "{'a':{'shape':[2],'data_offsets':[0,8]}}",
        "{'a':{'dtype':'F32','data_offsets':[0,8]}}",
        "{'a':{'dtype':'F32','shape':[2]}}",
        "{'a':{'dtype':'F32','dtype':'F32','shape':[2],'data_offsets':[0,8]}}",
        "{'a':{'dtype':'F32','shape':[2],'shape':[2],'data_offsets':[0,8]}}",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8],'data_offsets':[0,8]}}",
        "{'a':{'dtype':1,'shape':[2],'data_offsets':[0,8]}}",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0]}}",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8,8]}}",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':8}}",
        // Metadata
        "{'__metadata__':[],'a':" + PAIR + "}",
        "{'__metadata__':'x','a':" + PAIR + "}",
        "{'__metadata__':{'x':1},'a':" + PAIR + "}",
        "{'__metadata__':{'x':null},'a':" + PAIR + "}",
        "{'__metadata__':{'x':{}},'a':" + PAIR + "}",
        "{'__metadata__':{},'a':" + PAIR + ",'__metadata__':{}}",
        "{'__metadata__':null,'a':" + PAIR + ",'__metadata__':null}",
      })
  void refuses_json_of_another_shape(String header) {
    assertRefused(Reason.INVALID_JSON, RawFile.of(header, 8)).hasMessageContaining("offset ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-2",
        "-0",
        "2.0",
        "2e0",
        "'2'",
        "02",
        "+2",
        "0x2",
        "2,",
        ",2",
        "null",
        "true",
        "NaN",
        "[2]",
        "18446744073709551616",
        "1000000000000000000000000000000",
      })
  void refuses_dimensions_that_are_no_unsigned_integers(String dimension) {
    assertRefused(
        Reason.INVALID_JSON,
        RawFile.of("{'a':{'dtype':'F32','shape':[" + dimension + "],'data_offsets':[0,8]}}", 8));
  }

  @ParameterizedTest
  @ValueSource(strings = {"f32", "F33", "", "C128", "F6", "torch.float32", "BFLOAT16"})
  void refuses_unknown_dtypes_and_lists_the_known(String dtype) {
    assertRefused(
            Reason.UNKNOWN_DTYPE,
            RawFile.of("{'a':{'dtype':'" + dtype + "','shape':[2],'data_offsets':[0,8]}}", 8))
        .hasMessageContaining("BF16");
  }

  @Test
  void refuses_files_shorter_than_a_header_length() {
    for (int size = 0; size < 8; size++) {
      assertRefused(Reason.HEADER_TOO_SMALL, new byte[size]);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {100_000_001, Long.MAX_VALUE, Long.MIN_VALUE, -1})
  void refuses_headers_beyond_the_limit(long length) {
    assertRefused(Reason.HEADER_TOO_LARGE, RawFile.withLength(length, new byte[100], 0));
  }

  @ParameterizedTest
  @ValueSource(longs = {3, 100, 100_000_000})
  void refuses_headers_beyond_the_file(long length) {
    assertRefused(
        Reason.INVALID_HEADER_LENGTH,
        RawFile.withLength(length, "{}".getBytes(StandardCharsets.UTF_8), 0));
  }

  @ParameterizedTest
  @ValueSource(strings = {"\u00ff", "\u00c0\u00af", "\u00ed\u00a0\u0080", "\u00e2\u0082", "\u0080"})
  void refuses_invalid_utf8_and_says_where(String bytes) {
    byte[] header = ("{\"" + bytes + "\": not even JSON").getBytes(StandardCharsets.ISO_8859_1);
    assertRefused(Reason.INVALID_UTF8, RawFile.of(header, 8))
        .extracting(e -> e.offset().getAsLong())
        .isEqualTo(10L);
  }

  @Test
  void refuses_utf8_cut_off_at_the_end() {
    assertRefused(
        Reason.INVALID_UTF8, RawFile.of("{}\u00e2\u0082".getBytes(StandardCharsets.ISO_8859_1), 0));
  }

  @Test
  void says_at_which_byte_json_goes_wrong() {
    // 3 characters of 2, 3 and 4 bytes stand before the place.
    assertRefused(Reason.INVALID_JSON, RawFile.of("{'é€😀':?}", 0))
        .extracting(e -> e.offset().getAsLong())
        .satisfies(offset -> assertThat(offset).isBetween(8L + 14, 8L + 15));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // The second repeats the first, with another place or the same
        "{'a':" + PAIR + ",'a':" + PAIR + "}",
        "{'a':{'dtype':'U8','shape':[3],'data_offsets':[0,3]},'\\u0061':" + PAIR + "}",
      })
  void refuses_two_tensors_of_one_name(String header) {
    assertRefused(Reason.DUPLICATE_TENSOR, RawFile.of(header, 8)).hasMessageContaining("\"a\"");
  }

  @ParameterizedTest
  @CsvSource({
    // a, b: begin and end
    "0, 4, 2, 6",
    "0, 4, 0, 4",
    "0, 3, 4, 8",
    "4, 8, 8, 12",
    "0, 8, 8, 0",
    "8, 0, 0, 8",
    "0, 8, 4, 4",
    "18446744073709551608, 0, 0, 8",
  })
  void refuses_overlaps_holes_and_reversed_ranges(String a, String b, String c, String d) {
    // As long as their ranges say, so that nothing else is wrong.
    String tensor = "'%s':{'dtype':'U8','shape':[%d],'data_offsets':[%s,%s]}";
    assertRefused(
        Reason.INVALID_OFFSET,
        RawFile.of(
            "{"
                + tensor.formatted("a", length(a, b), a, b)
                + ","
                + tensor.formatted("b", length(c, d), c, d)
                + "}",
            8));
  }

  private static long length(String begin, String end) {
    return Math.max(0, Long.parseUnsignedLong(end) - Long.parseUnsignedLong(begin));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1099511627776,1099511627776,0",
        "4611686018427387904",
        "18446744073709551615",
        "4294967296,4294967296",
        // Beyond what a shape here holds; the reference reader takes these.
        "0,9223372036854775808",
        "4611686018427387904,2,0",
      })
  void refuses_shapes_whose_size_overflows(String shape) {
    assertRefused(
        Reason.OVERFLOW,
        RawFile.of("{'a':{'dtype':'F32','shape':[" + shape + "],'data_offsets':[0,0]}}", 0));
  }

  @ParameterizedTest
  @CsvSource({"F4,3", "F6_E2M3,3", "F6_E3M2,1", "F6_E3M2,2", "F4,1"})
  void refuses_elements_that_end_inside_a_byte(String dtype, int elements) {
    assertRefused(
        Reason.MISALIGNED,
        RawFile.of(
            "{'a':{'dtype':'%s','shape':[%d],'data_offsets':[0,2]}}".formatted(dtype, elements),
            2));
  }

  @ParameterizedTest
  @CsvSource({"F32,1", "F32,3", "U8,7", "F64,0", "F4,15", "F4,18", "U64,0"})
  void refuses_data_of_another_length_than_its_shape(String dtype, int elements) {
    int more = dtype.equals("F4") && elements == 15 ? 1 : 0;
    assertRefused(
        Reason.WRONG_SIZE,
        RawFile.of(
            "{'a':{'dtype':'%s','shape':[%d],'data_offsets':[0,8]}}"
                .formatted(dtype, elements - more),
            8));
  }

  @Test
  void refuses_a_header_that_does_not_cover_the_file() {
    assertRefused(Reason.NOT_COVERED, RawFile.of(ACCEPTED, 9)).hasMessageContaining("damaged");
    assertRefused(Reason.NOT_COVERED, RawFile.of(ACCEPTED, 7)).hasMessageContaining("cut off");
    assertRefused(Reason.NOT_COVERED, RawFile.of("{}", 1));
    assertRefused(Reason.NOT_COVERED, RawFile.of(ACCEPTED, 0));
  }

  @Test
  void messages_show_long_and_strange_names_harmlessly() {
    String name = "\\n\\u001b" + "x".repeat(1_000_000);
    assertRefused(Reason.INVALID_JSON, RawFile.of("{'" + name + "':1}", 0))
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(1000))
        .hasMessageContaining("\"\\u000a\\u001bxxx")
        .hasMessageContaining("1000002 characters");
  }

  private static AbstractThrowableAssert<?, SafetensorsException> assertRefused(
      Reason reason, byte[] file) {
    SafetensorsException refusal =
        catchThrowableOfType(SafetensorsException.class, () -> RawFile.parse(file));
    assertThat(refusal).isNotNull().hasMessageContaining("(file raw, offset ");
    assertThat(refusal.reason()).isEqualTo(reason);
    assertThat(refusal.file()).isEqualTo("raw");
    assertThat(refusal.offset().orElseThrow()).isBetween(0L, (long) file.length);
    return assertThat(refusal);
  }
}
