// SPDX-License-Identifier: Apache-2.0
package io.merge4j.torch;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What PyTorch 2.13 wrote into the samples; the values are those it was given.
class TorchFileTest {

  private static final double[] COUNT = {0, 1, 2, 3, 4, 5};
  private static final double[] QUARTERS = {0, 0.25, 0.5, 0.75, 1, 1.25};

  @ParameterizedTest
  @ValueSource(
      strings = {
        "archive_root_from_buffer.bin",
        "old_style_no_markers.bin",
        "big_endian.bin",
        "deflated_entries.bin"
      })
  void reads_archives_of_every_make(String file) throws IOException {
    Tensor w = Samples.open(file).get("w");
    assertThat(w.spec().shape()).isEqualTo(Shape.of(2, 3));
    assertThat(Samples.values(w)).containsExactly(COUNT);
    float[] part = new float[3];
    w.read(2, 2, part, 1);
    assertThat(part).containsExactly(0, 2, 3);
  }

  @Test
  void reads_several_tensors() throws IOException {
    ImmutableMap<String, Tensor> tensors = Samples.open("f32.bin");
    assertThat(tensors.keySet()).containsExactly("layer.weight", "layer.bias");
    check(tensors, "layer.weight", QUARTERS);
    check(tensors, "layer.bias", -1, 0.5);
  }

  @ParameterizedTest
  @CsvSource({"f16.bin, F16", "bf16.bin, BF16"})
  void reads_16_bit_types(String file, DType dtype) throws IOException {
    ImmutableMap<String, Tensor> tensors = Samples.open(file);
    assertThat(tensors.get("w").spec().dtype()).isEqualTo(dtype);
    check(tensors, "w", QUARTERS);
  }

  @Test
  void reads_integers() throws IOException {
    check(Samples.open("i64.bin"), "w", 1, -2, 3, 0x1p40, -0x1p40, 0);
  }

  @Test
  void reads_every_type() throws IOException {
    ImmutableMap<String, Tensor> tensors = Samples.open("mixed_dtypes.bin");
    assertThat(tensors).hasSize(18);
    check(tensors, "scalar", 1.25);
    assertThat(tensors.get("scalar").spec().shape()).isEqualTo(Shape.of());
    check(tensors, "empty");
    assertThat(tensors.get("empty").spec().shape()).isEqualTo(Shape.of(0, 3));
    tensors.forEach((name, tensor) -> {
      if (!name.equals("scalar") && !name.equals("empty")) {
        double[] expected =
            tensor.spec().dtype() == DType.BOOL
                ? new double[] {0, 1, 1, 1}
                : new double[] {0, 1, 2, 3};
        assertThat(Samples.values(tensor)).as(name).containsExactly(expected);
      }
    });
    assertThat(tensors.values().stream().map(tensor -> tensor.spec().dtype()).distinct())
        .hasSize(16);
  }

  @Test
  void reads_views_of_any_strides() throws IOException {
    ImmutableMap<String, Tensor> tensors = Samples.open("noncontiguous_view.bin");
    check(tensors, "t", 0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11);
    check(tensors, "col", 1, 5, 9);
    check(tensors, "step", 1, 2, 9, 10);
    check(tensors, "expand", 7, 7, 7, 7, 7, 7);
    Tensor t = tensors.get("t");
    byte[] all = Samples.raw(t);
    for (int from = 0; from < all.length; from += 5) {
      byte[] part = new byte[Math.min(7, all.length - from)];
      t.copy(from, MemorySegment.ofArray(part));
      assertThat(part).isEqualTo(Arrays.copyOfRange(all, from, from + part.length));
    }
  }

  @Test
  void reads_tensors_that_share_a_storage() throws IOException {
    ImmutableMap<String, Tensor> tensors = Samples.open("shared_storage.bin");
    check(tensors, "embed.weight", 0, 1, 2, 3, 4, 5, 6, 7);
    check(tensors, "lm_head.weight", 0, 1, 2, 3, 4, 5, 6, 7);
    check(tensors, "slice0", 0, 1);
    check(tensors, "slice1", 2, 3);
  }

  @Test
  void finds_the_state_dict_among_other_things() throws IOException {
    ImmutableMap<String, Tensor> tensors = Samples.open("nested_state_dict.pt");
    assertThat(tensors.keySet()).containsExactly("a.weight", "a.bias");
    check(tensors, "a.weight", 1, 1, 1, 1);
    check(tensors, "a.bias", 0, 0);
  }

  @Test
  void reads_parameters() throws IOException {
    check(Samples.open("parameter.pt"), "p", 0, 1, 2, 3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"module_state_dict.pt", "legacy_nonzip.pth"})
  void reads_what_a_module_saves(String file) throws IOException {
    ImmutableMap<String, Tensor> tensors = Samples.open(file);
    assertThat(tensors.keySet()).containsExactly("0.weight", "0.bias", "1.weight", "1.bias");
    assertThat(tensors.get("0.weight").spec().shape()).isEqualTo(Shape.of(3, 2));
    tensors.values().forEach(tensor -> assertThat(Samples.values(tensor)).containsOnly(0.5));
  }

  @Test
  void reads_the_stream_of_before_1_6() throws IOException {
    ImmutableMap<String, Tensor> tensors = Samples.open("legacy_nonzip_shared.pth");
    check(tensors, "t", 0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11);
    check(tensors, "embed.weight", 0, 1, 2, 3, 4, 5, 6, 7);
    check(tensors, "lm_head.weight", 0, 1, 2, 3, 4, 5, 6, 7);
    check(tensors, "i", 0, 1, 2);
    check(tensors, "bf", 0, 1, 2, 3);
    assertThat(tensors.get("bf").spec().dtype()).isEqualTo(DType.BF16);
  }

  @Test
  void remembers_more_than_256_values() throws IOException {
    ImmutableMap<String, Tensor> tensors = Samples.open("many_tensors_long_memo.bin");
    assertThat(tensors).hasSize(60);
    for (int i = 0; i < 60; i++) {
      check(tensors, "model.layers." + i + ".weight", i, i);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"protocol4.pt", "protocol5.pt"})
  void reads_newer_pickle_protocols(String file) throws IOException {
    check(Samples.open(file), "w", 1, 1);
  }

  private static void check(ImmutableMap<String, Tensor> tensors, String name, double... expected) {
    Tensor tensor = tensors.get(name);
    assertThat(tensor).as(name).isNotNull();
    assertThat(Samples.values(tensor)).as(name).containsExactly(expected);
  }
}
