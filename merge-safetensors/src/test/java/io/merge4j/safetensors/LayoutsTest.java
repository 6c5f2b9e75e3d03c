// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.merge4j.tensor.CheckpointLayout;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.TensorSpec;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LayoutsTest {

  private final SafetensorsFormat format = new SafetensorsFormat();

  @Test
  void one_shard_has_the_plain_name_and_ends_with_its_data() {
    CheckpointLayout layout = layout(100, u8("b", 60), u8("a", 40));
    assertThat(layout.shards()).hasSize(1);
    CheckpointLayout.Shard shard = layout.shards().getFirst();
    assertThat(shard.file()).isEqualTo("model.safetensors");
    assertThat(shard.tensors()).containsExactly(u8("a", 40), u8("b", 60));
    assertThat((shard.bytes() - 100) % 8).isZero();
  }

  @Test
  void a_new_shard_begins_when_the_limit_would_be_exceeded() {
    assertThat(names(layout(100, u8("a", 60), u8("b", 40), u8("c", 1), u8("d", 99), u8("e", 1))))
        .containsExactly(List.of("a", "b"), List.of("c", "d"), List.of("e"));
  }

  @Test
  void a_tensor_beyond_the_limit_goes_alone_while_the_current_shard_stays_open() {
    assertThat(names(layout(100, u8("a", 60), u8("big", 101), u8("b", 40), u8("c", 1))))
        .containsExactly(List.of("big"), List.of("a", "b"), List.of("c"));
    assertThat(names(layout(100, u8("big", 101), u8("bigger", 102))))
        .containsExactly(List.of("big"), List.of("bigger"));
  }

  @Test
  void empty_tensors_take_no_room() {
    assertThat(names(layout(1, u8("a", 0), u8("b", 1), u8("c", 0), u8("d", 1), u8("e", 0))))
        .containsExactly(List.of("a", "b", "c"), List.of("d", "e"));
  }

  @Test
  void no_tensors_are_one_file() {
    assertThat(names(layout(1))).containsExactly(List.of());
  }

  @Test
  void shards_are_numbered_in_five_digits() {
    assertThat(layout(1, u8("a", 1), u8("b", 1), u8("c", 1)).shards())
        .extracting(CheckpointLayout.Shard::file)
        .containsExactly(
            "model-00001-of-00003.safetensors",
            "model-00002-of-00003.safetensors",
            "model-00003-of-00003.safetensors");
  }

  @Test
  void large_elements_come_first_then_names_by_code_point() {
    ImmutableList<TensorSpec> specs =
        ImmutableList.of(
            spec("a", DType.BOOL),
            spec("b", DType.F32),
            spec("\ud83d\ude00", DType.I64),
            spec("\uffee", DType.I64),
            spec("a.9", DType.F32),
            spec("a.10", DType.F32),
            spec("c", DType.U64),
            spec("d", DType.BF16),
            spec("e", DType.F16));
    assertThat(format.layout(specs, 1000, ImmutableMap.of()).tensors())
        .extracting(TensorSpec::name)
        .containsExactly("c", "\uffee", "\ud83d\ude00", "a.10", "a.9", "b", "d", "e", "a");
  }

  @Test
  void metadata_is_sorted_and_names_its_format() {
    assertThat(metadata(ImmutableMap.of("z", "1", "a", "2")).entrySet())
        .containsExactlyElementsOf(ImmutableMap.of("a", "2", "format", "pt", "z", "1").entrySet());
    assertThat(metadata(ImmutableMap.of("format", "np"))).containsOnly(Map.entry("format", "np"));
  }

  private ImmutableMap<String, String> metadata(ImmutableMap<String, String> given) {
    return format.layout(ImmutableList.of(), 1, given).metadata();
  }

  @Test
  void sizes_beyond_an_int_are_no_different() {
    TensorSpec large = new TensorSpec("large", DType.F32, Shape.of(1 << 20, 1 << 20));
    assertThat(layout(5_000_000_000L, large).bytes()).isBetween(1L << 42, (1L << 42) + 1000);
  }

  @Test
  void refuses_what_cannot_be_stored() {
    assertRefused("keeps this name", u8("__metadata__", 1));
    assertRefused("twice", u8("a", 1), u8("b", 1), u8("a", 2));
    assertRefused("lone surrogate", u8("\ud800", 1));
    assertRefused("can't be stored", new TensorSpec("a", DType.F4, Shape.of(3)));
    assertRefused("can't be stored", u8("a", Long.MAX_VALUE / 8), u8("b", Long.MAX_VALUE / 2));
    assertRefused("Header too large", u8("n".repeat(SafetensorsHeader.MAX_BYTES), 1));
    assertThatIllegalArgumentException().isThrownBy(() -> layout(0, u8("a", 1)));
    assertThatIllegalArgumentException().isThrownBy(() -> metadata(ImmutableMap.of("a", "\udc00")));
  }

  private void assertRefused(String message, TensorSpec... specs) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> layout(1000, specs))
        .withMessageContaining(message);
  }

  private CheckpointLayout layout(long maxShardBytes, TensorSpec... specs) {
    return format.layout(ImmutableList.copyOf(specs), maxShardBytes, ImmutableMap.of());
  }

  private static List<List<String>> names(CheckpointLayout layout) {
    return layout.shards().stream()
        .map(shard -> shard.tensors().stream().map(TensorSpec::name).toList())
        .toList();
  }

  private static TensorSpec u8(String name, long bytes) {
    return new TensorSpec(name, DType.U8, Shape.of(bytes));
  }

  private static TensorSpec spec(String name, DType dtype) {
    return new TensorSpec(name, dtype, Shape.of(8));
  }
}
