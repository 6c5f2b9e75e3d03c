// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.merge4j.tensor.DType;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.TensorSpec;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
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
}
