// SPDX-License-Identifier: Apache-2.0
package io.merge4j.vocabulary;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.merge4j.tensor.RowMapped;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import io.merge4j.vocabulary.RowMap.Fixed;
import java.util.BitSet;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/// Three models with rows 10, 11, ...; 20, 21, ...; 30, 31, ...; of one element each.
class RowMapTest {

  /// Tokens 0 to 4: in all; in a and b; only in c; in b and c; in none.
  private static final int[][] ROWS = {{0, 1, -1, -1, -1}, {1, 0, -1, 2, -1}, {2, -1, 0, 1, -1}};

  private static RowMap map(OptionalInt base, ImmutableMap<Integer, Fixed> fixed, int size) {
    return new RowMap(ImmutableList.of("a", "b", "c"), 3, base, ROWS, fixed, size);
  }

  private static float[] read(RowMap map, int model, int... present) {
    Tensor[] sources = new Tensor[3];
    BitSet there = new BitSet();
    for (int i : present) {
      int tens = 10 * (i + 1);
      sources[i] = Tensor.of("x", Shape.of(3), tens, tens + 1, tens + 2);
      there.set(i);
    }
    Tensor view = RowMapped.of(sources[model], 0, sources, map.of(model, there));
    float[] values = new float[map.size()];
    view.read(0, values.length, values, 0);
    return values;
  }

  @Test
  void without_a_base_rows_are_own_the_only_ones_or_the_mean() {
    RowMap map = map(OptionalInt.empty(), ImmutableMap.of(), 5);
    assertThat(read(map, 0, 0, 1, 2)).containsExactly(10, 11, 30, (22 + 31) / 2f, 0);
    assertThat(read(map, 1, 0, 1, 2)).containsExactly(21, 20, 30, 22, 0);
    assertThat(read(map, 2, 0, 1, 2)).containsExactly(32, (11 + 20) / 2f, 30, 31, 0);
    assertThat(map.isZero(4)).isTrue();
    assertThat(map.isZero(3)).isFalse();
  }

  @Test
  void a_base_goes_before_the_mean() {
    RowMap map = map(OptionalInt.of(1), ImmutableMap.of(), 5);
    assertThat(read(map, 0, 0, 1, 2)).containsExactly(10, 11, 30, 22, 0);
    assertThat(read(map, 2, 0, 1, 2)).containsExactly(32, 20, 30, 31, 0);
  }

  @Test
  void models_without_such_a_tensor_give_no_rows() {
    RowMap map = map(OptionalInt.of(1), ImmutableMap.of(), 5);
    assertThat(read(map, 0, 0, 2)).containsExactly(10, 11, 30, 31, 0);
    assertThat(read(map, 0, 0)).containsExactly(10, 11, 0, 0, 0);
  }

  @Test
  void rules_go_before_the_base_and_forced_ones_before_all() {
    ImmutableMap<Integer, Fixed> fixed =
        ImmutableMap.of(
            0, new Fixed(2, 0, true),
            1, new Fixed(-1, 0, false),
            3, new Fixed(0, 2, false),
            4, new Fixed(1, 1, false));
    RowMap map = map(OptionalInt.of(1), fixed, 5);
    assertThat(read(map, 0, 0, 1, 2)).containsExactly(30, 11, 30, 12, 21);
    assertThat(read(map, 1, 0, 1, 2)).containsExactly(30, 20, 30, 22, 21);
    assertThat(read(map, 2, 0, 1, 2)).containsExactly(30, 0, 30, 31, 21);
  }

  @Test
  void padding_is_the_mean_of_the_real_rows_of_each_model() {
    RowMap map = map(OptionalInt.of(1), ImmutableMap.of(), 7);
    float mean = (10 + 11 + 30 + 22 + 0) / 5f;
    assertThat(read(map, 0, 0, 1, 2)).containsExactly(10, 11, 30, 22, 0, mean, mean);
  }

  @Test
  void equal_rows_are_the_tensor_itself_or_its_beginning() {
    Tensor own = Tensor.of("x", Shape.of(3, 1), 1, 2, 3);
    RowMap same =
        new RowMap(
            ImmutableList.of("a"),
            1,
            OptionalInt.of(0),
            new int[][] {{0, 1, 2}},
            ImmutableMap.of(),
            3);
    RowMap fewer =
        new RowMap(
            ImmutableList.of("a"),
            1,
            OptionalInt.of(0),
            new int[][] {{0, 1}},
            ImmutableMap.of(),
            2);
    BitSet present = new BitSet();
    present.set(0);
    Tensor[] sources = {own};
    assertThat(RowMapped.of(own, 0, sources, same.of(0, present))).isSameAs(own);
    Tensor cut = RowMapped.of(own, 0, sources, fewer.of(0, present));
    assertThat(cut.spec().shape()).isEqualTo(Shape.of(2, 1));
    assertThat(cut.bytes().orElseThrow().byteSize()).isEqualTo(8);
  }
}
