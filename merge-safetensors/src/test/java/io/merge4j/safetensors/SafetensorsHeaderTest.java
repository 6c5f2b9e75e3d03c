// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.merge4j.safetensors.SafetensorsException.Reason;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.TensorSpec;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsHeaderTest {

  /// A tensor of 8 bytes.
  private static final String PAIR = "{'dtype':'F32','shape':[2],'data_offsets':[0,8]}";

  private static final String ACCEPTED = "{'a':" + PAIR + "}";

  @Test
  void finds_tensors_with_their_places_in_the_order_of_their_data() throws IOException {
    SafetensorsHeader header =
        RawFile.parse(
            RawFile.of(
                "{'b':{'dtype':'U8','shape':[3],'data_offsets':[8,11]},'__metadata__':{'k':'v'},"
                    + "'a':{'dtype':'F32','shape':[2,1],'data_offsets':[0,8]}}",
                11));

    assertThat(header.specs())
        .containsExactly(
            new TensorSpec("a", DType.F32, Shape.of(2, 1)),
            new TensorSpec("b", DType.U8, Shape.of(3)));
    assertThat(header.entries().values())
        .extracting(SafetensorsHeader.Entry::offset)
        .containsExactly(header.dataStart(), header.dataStart() + 8);
    assertThat(header.metadata()).containsExactly(Map.entry("k", "v"));
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void knows_every_dtype(DType dtype) throws IOException {
    int bytes = dtype.bits(); // of 8 elements
    SafetensorsHeader header =
        RawFile.parse(
            RawFile.of(
                "{'a':{'dtype':'%s','shape':[2,4],'data_offsets':[0,%d]}}".formatted(dtype, bytes),
                bytes));
    assertThat(header.specs()).containsExactly(new TensorSpec("a", dtype, Shape.of(2, 4)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{'__metadata__':{'format':'pt'}}",
        "{'__metadata__':null}",
        "{'__metadata__':{}}",
        " \t\r\n{}",
        "{} \t\r\n",
        "{} ",
      })
  void accepts_a_file_without_tensors(String header) throws IOException {
    assertThat(RawFile.parse(RawFile.of(header, 0)).entries()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ACCEPTED,
        " \n" + ACCEPTED,
        ACCEPTED + "\t \r\n",
        "{'a' : " + PAIR + " }",
        "{'a':" + PAIR + ",'__metadata__':{'format':'pt'}}",
        "{'a':" + PAIR + ",'__metadata__':null}",
        "{'__metadata__':{'k':'1','k':'2'},'a':" + PAIR + "}",
        "{'a':{'data_offsets':[0,8],'shape':[2],'dtype':'F32'}}",
        "{'a':{'dtype':'F32','x':{'y':[1,null,{}]},'x':1.5e300,'shape':[2],'data_offsets':[0,8]}}",
        "{'a':['F32',[2],[0,8]]}",
        "{'\\u0061':{'\\u0064type':'\\u004632','shape':[2],'data_offsets':[0,8]}}",
      })
  void accepts_other_ways_to_say_the_same(String header) throws IOException {
    assertThat(RawFile.parse(RawFile.of(header, 8)).specs())
        .containsExactly(new TensorSpec("a", DType.F32, Shape.of(2)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "/", "\\ud83d\\ude00", "\\u0000", "\u007f", "\u2028", "é", "😀"})
  void accepts_any_name(String name) throws IOException {
    String decoded = name.replace("\\ud83d\\ude00", "😀").replace("\\u0000", "\0");
    assertThat(RawFile.parse(RawFile.of("{'" + name + "':" + PAIR + "}", 8)).entries())
        .containsOnlyKeys(decoded);
  }

  @Test
  void the_last_of_two_metadata_values_wins() throws IOException {
    assertThat(RawFile.parse(RawFile.of("{'__metadata__':{'k':'1','k':'2'}}", 0)).metadata())
        .containsEntry("k", "2");
  }

  @Test
  void accepts_scalars_and_empty_tensors_between_others() throws IOException {
    SafetensorsHeader header =
        RawFile.parse(
            RawFile.of(
                "{'e':{'dtype':'F64','shape':[0],'data_offsets':[8,8]},'a':"
                    + PAIR
                    + ",'f':{'dtype':'F64','shape':[2,0],'data_offsets':[8,8]}"
                    + ",'g':{'dtype':'F64','shape':[0,4294967296,4294967296],'data_offsets':[0,0]}"
                    + ",'s':{'dtype':'F64','shape':[],'data_offsets':[8,16]}}",
                16));
    assertThat(header.specs())
        .extracting(TensorSpec::name)
        .containsExactly("g", "a", "e", "f", "s");
  }

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

  @Test
  void needs_only_the_start_of_a_file() throws IOException {
    byte[] file = RawFile.of(ACCEPTED, 8);
    ByteBuffer length = ByteBuffer.wrap(file, 0, 8);
    int extent = SafetensorsHeader.extent("remote", file.length, length);
    assertThat(extent).isEqualTo(file.length - 8);

    ByteBuffer start = ByteBuffer.wrap(Arrays.copyOf(file, extent));
    assertThat(SafetensorsHeader.parse("remote", file.length, start))
        .isEqualTo(RawFile.parse(file));
    assertThat(start.position()).isZero();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SafetensorsHeader.parse("remote", file.length, length));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> SafetensorsHeader.extent("remote", file.length, ByteBuffer.wrap(file, 0, 7)));
  }

  @Test
  void reads_from_the_middle_of_a_buffer() throws IOException {
    byte[] file = RawFile.of(ACCEPTED, 8);
    ByteBuffer shifted = ByteBuffer.allocateDirect(file.length + 3).put(3, file).position(3);
    assertThat(SafetensorsHeader.parse("shifted", file.length, shifted))
        .isEqualTo(RawFile.parse(file));
  }

  @Test
  void reads_from_a_stream_no_further_than_the_header() throws IOException {
    byte[] file = RawFile.of(ACCEPTED, 8);
    ByteArrayInputStream in = new ByteArrayInputStream(file);
    assertThat(SafetensorsHeader.parse("stream", file.length, in)).isEqualTo(RawFile.parse(file));
    assertThat(in.available()).isEqualTo(8);
    for (int length : new int[] {0, 7, 8, 20}) {
      assertThatExceptionOfType(EOFException.class)
          .isThrownBy(() ->
              SafetensorsHeader.parse(
                  "short", file.length, new ByteArrayInputStream(file, 0, length)));
    }
    assertThatExceptionOfType(SafetensorsException.class)
        .isThrownBy(
            () -> SafetensorsHeader.parse("tiny", 3, new ByteArrayInputStream(new byte[3])));
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
