// SPDX-License-Identifier: Apache-2.0
package io.merge4j.torch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.common.primitives.Bytes;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Files that are damaged, hold more than tensors, or are made to harm a reader.
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class RefusedFilesTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "missing_record_refuse.bin | its data, \"0\", is missing",
        "truncated_storage_refuse.bin | its data has 16 bytes, expected 6 elements of 4 bytes",
        "oob_view_refuse.bin | elements 0 to 26 of a storage of 6",
        "huge_expand_refuse.bin | 1099511627776 elements that repeat the 1 of its storage",
        "negative_offset_refuse.bin | elements -1 to 4 of a storage of 6",
        "numpy_refuse.pt | NumPy objects",
        "whole_module_refuse.pt | which no tensors need",
        "torchscript_refuse.pt | TorchScript",
        "malicious_zip.pt | \"posix.system\"",
        "malicious_legacy.pth | \"posix.system\"",
        "malicious_bare.pkl | a pickle of something else",
        "malicious_proto4.pt | \"posix.system\"",
        "malicious_eval.pt | \"__builtin__.eval\""
      })
  void refuses_with_the_reason_and_runs_nothing(String file, String reason) {
    assertThatThrownBy(() -> Samples.open(file))
        .isInstanceOf(TorchException.class)
        .hasMessageContaining(reason)
        .hasMessageContaining("(file " + file);
    assertThat(Files.exists(Path.of("/tmp/pwned"))).isFalse();
  }

  @Test
  void refuses_what_is_no_pytorch_file() {
    byte[] tar = new byte[1024];
    System.arraycopy("ustar".getBytes(US_ASCII), 0, tar, 257, 5);
    assertThat(refusal(tar)).contains("a tar archive");
    assertThat(refusal("version https://git-lfs.github.com/spec/v1".getBytes(US_ASCII)))
        .contains("a Git LFS pointer")
        .contains("git lfs pull");
    assertThat(refusal(new byte[0])).contains("0 bytes of another kind");
    assertThat(refusal("PK\3\4".getBytes(US_ASCII))).contains("cut off");
  }

  @Test
  void every_cut_is_refused() {
    for (String name : new String[] {"f32.bin", "legacy_nonzip_shared.pth"}) {
      byte[] file = Samples.bytes(name);
      for (int length = 0; length < file.length; length++) {
        assertThat(refusal(Arrays.copyOf(file, length))).contains("(file cut");
      }
    }
  }

  @Test
  void a_size_that_no_compression_reaches_is_refused_before_memory_is_taken() {
    byte[] file = Samples.bytes("deflated_entries.bin");
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int at = 0;
    while (bytes.getInt(at) != 0x02014b50
        || !new String(file, at + 46, bytes.getShort(at + 28), US_ASCII).endsWith("data.pkl")) {
      at++;
    }
    bytes.putInt(at + 24, 60 << 20);
    assertThat(refusal(file)).contains("data.pkl says that its ").contains("unpack to 62914560");
  }

  @Test
  void nesting_does_not_exhaust_the_stack() {
    byte[] deep = new byte[3_000_000];
    Arrays.fill(deep, (byte) ']');
    Arrays.fill(deep, deep.length / 2, deep.length - 1, (byte) 'a');
    assertThat(unpickled(deep)).contains("Cut off");
    Arrays.fill(deep, deep.length / 2, deep.length - 1, (byte) 0x85);
    deep[deep.length - 1] = '.';
    assertThat(unpickled(deep)).isEqualTo("Tuple");
  }

  @Test
  void the_number_of_steps_is_limited() {
    byte[] endless = new byte[5_000_000];
    Arrays.fill(endless, (byte) '}');
    assertThat(unpickled(endless)).contains("more than 4000000 steps");
  }

  @Test
  void a_dictionary_is_not_copied_again_and_again() {
    byte[] start = "]q\1(".getBytes(US_ASCII);
    byte[] pairs = Bytes.concat(start, repeat("K\1K\2\206", 100_000), "e".getBytes(US_ASCII));
    byte[] copies = repeat("ccollections\nOrderedDict\n(h\1tR", 10_000);
    assertThat(unpickled(Bytes.concat(pairs, copies, ".".getBytes(US_ASCII)))).contains("no pairs");
  }

  @Test
  void long_texts_and_lines_take_no_memory() {
    assertThat(unpickled("X\377\377\377\377".getBytes(ISO_8859_1))).contains("Cut off");
    byte[] line = new byte[1_000_000];
    Arrays.fill(line, (byte) 'c');
    assertThat(unpickled(line)).contains("a name of more than 1000 characters");
  }

  private static byte[] repeat(String text, int times) {
    return text.repeat(times).getBytes(ISO_8859_1);
  }

  private static String refusal(byte[] file) {
    return String.valueOf(
        catchThrowableOfType(TorchException.class, () -> Samples.open("cut", file)).getMessage());
  }

  /// The kind of value that a pickle gives, or why it is refused.
  private static String unpickled(byte[] pickle) {
    try {
      return Unpickler.read(new PickleInput("x", MemorySegment.ofArray(pickle)))
          .getClass()
          .getSimpleName();
    } catch (TorchException e) {
      return String.valueOf(e.getMessage());
    }
  }
}
