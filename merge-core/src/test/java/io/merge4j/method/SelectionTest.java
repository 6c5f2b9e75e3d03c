// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.merge4j.Block;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SelectionTest {

  private static final List<Integer> SIZES = List.of(1, 2, 13, 4096, 4097, 30_001, 90_000);

  @ParameterizedTest
  @EnumSource(TensorKind.class)
  void keeps_the_same_elements_as_a_sort(TensorKind kind) {
    for (int size : SIZES) {
      // Room for all, for what a good guess leaves, and for next to nothing.
      for (int room : new int[] {1 << 23, 4000, 20}) {
        // Samples of all elements, of every eighth piece, and of one corner.
        for (int every : new int[] {1, 8, 1 << 20}) {
          assertSelects(kind.values(size), room, every);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(TensorKind.class)
  void keeps_a_share_of_what_is_not_zero(TensorKind kind) {
    for (int size : SIZES) {
      float[] values = kind.values(size);
      Arrays.fill(values, 0, size / 3, -0f);
      for (int room : new int[] {1 << 23, 4000, 20}) {
        for (int every : new int[] {1, 8, 1 << 20}) {
          FakeOperands x =
              new FakeOperands(new float[][] {values, new float[size]}, 64, every % (size + 1));
          Selection selection = new Selection(x, TaskVectors::measure, room, 0);
          for (double share : new double[] {0, 0.01, 0.5, 0.999}) {
            long kept = (long) (share * nonZero(values));
            assertThat(bits(kept(selection.ofNonZero(share).cut(), values)))
                .as("%s of %d, room %d, sample of one in %d", share, size, room, every)
                .isEqualTo(bits(kept(selection.cuts(new long[][] {{kept}})[0][0], values)));
          }
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(TensorKind.class)
  void sums_squares_of_all_task_vectors_where_one_measure_is_kept(TensorKind kind) {
    for (int size : SIZES) {
      for (int every : new int[] {1, 8, 1 << 20}) {
        for (int room : new int[] {1 << 23, 4000}) {
          FakeOperands x = twoModels(kind.values(size), every);
          Selection.Chosen chosen = new Selection(x, FIRST, room, 1 << 22).ofNonZero(0.3);
          String where =
              "%s of %d, room %d, sample of one in %d".formatted(kind, size, room, every);
          chosen.squares().ifPresent(squares -> assertSquares(squares, chosen.cut(), x, where));
          if (kind == TensorKind.NORMAL && size > 3 && every < 9) {
            // Tensors of up to 65536 elements are collected whole.
            boolean holds = size < room || (size > 1 << 16 && every == 1);
            assertThat(chosen.squares().isPresent()).as(where).isEqualTo(holds);
          }
        }
      }
    }
  }

  private static final Selection.Measure FIRST =
      (block, which, into) -> TaskVectors.measure(block, 0, into);

  /// Models whose task vectors are `values` and others, not exactly but for zeros.
  private static FakeOperands twoModels(float[] values, int every) {
    int size = values.length;
    float[] base = TensorKind.SUBNORMAL.values(size);
    float[] x = values.clone();
    float[] y = TensorKind.SORTED.values(size);
    for (int i = 0; i < size; i++) {
      x[i] += base[i];
      y[i] += base[i];
    }
    return new FakeOperands(new float[][] {x, y, base}, 64, every % (size + 1));
  }

  private static void assertSquares(double[] squares, Cut cut, FakeOperands x, String where) {
    float[] first = difference(x.x()[0], x.x()[2]);
    float[] second = difference(x.x()[1], x.x()[2]);
    float[] kept = kept(cut, first);
    double[] expected = new double[2];
    for (int i = 0; i < kept.length; i++) {
      if (Float.floatToRawIntBits(kept[i]) != 0) {
        expected[0] += (double) first[i] * first[i];
        expected[1] += (double) second[i] * second[i];
      }
    }
    for (int model = 0; model < 2; model++) {
      if (Double.isFinite(expected[model])) {
        assertThat(squares[model]).as(where).isCloseTo(expected[model], withinPercentage(1e-9));
      } else {
        assertThat(squares[model]).as(where).isEqualTo(Double.valueOf(expected[model]));
      }
    }
  }

  /// Room for a number less than they need, and for all.
  @Test
  void sums_squares_only_of_what_there_is_room_for() {
    FakeOperands x = twoModels(TensorKind.NORMAL.values(3000), 1);
    Selection.Chosen all = new Selection(x, FIRST, 3000, 2 * 3000).ofNonZero(0.3);
    Selection.Chosen less = new Selection(x, FIRST, 3000, 2 * 3000 - 1).ofNonZero(0.3);

    assertThat(all.squares()).isPresent();
    assertThat(less.squares()).isEmpty();
    assertThat(less.cut()).isEqualTo(all.cut());
  }

  /// They decide about merged bytes, which are to be the same everywhere.
  @Test
  void sums_squares_in_one_order() {
    FakeOperands x = twoModels(TensorKind.NORMAL.values(90_000), 2);

    assertThat(new Selection(x, FIRST).ofNonZero(0.1).squares().orElseThrow())
        .containsExactly(39505.903985922414, 2.383485591696574E7);
  }

  private static void assertSelects(float[] values, int room, int every) {
    int size = values.length;
    Integer[] order = order(values);
    long[] counts =
        Arrays.stream(new long[] {0, 1, size / 100, size / 3, size / 2, size - 1, size})
            .filter(k -> k >= 0)
            .toArray();
    FakeOperands x =
        new FakeOperands(new float[][] {values, new float[size]}, 64, every % (size + 1));

    Cut[] cuts = new Selection(x, TaskVectors::measure, room, 0).cuts(new long[][] {counts})[0];

    for (int i = 0; i < counts.length; i++) {
      float[] expected = new float[size];
      for (int rank = 0; rank < counts[i]; rank++) {
        expected[order[rank]] = values[order[rank]];
      }
      assertThat(bits(kept(cuts[i], values)))
          .as("%d of %d, room %d, sample of one in %d", counts[i], size, room, every)
          .isEqualTo(bits(expected));
    }
  }

  @Test
  void measures_several_task_vectors_at_once() {
    float[] a = TensorKind.NORMAL.values(50_000);
    float[] b = TensorKind.FEW_VALUES.values(50_000);
    float[] base = TensorKind.SORTED.values(50_000);
    FakeOperands x = new FakeOperands(new float[][] {a, b, base}, 64, 5);

    Cut[] cuts = Selection.ofTaskVectors(x, 10_000, 25_000);

    assertThat(nonZero(kept(cuts[0], difference(a, base)))).isEqualTo(10_000);
    assertThat(nonZero(kept(cuts[1], difference(b, base)))).isEqualTo(25_000);
  }

  @Test
  void drops_what_it_would_keep() {
    float[] values = TensorKind.FEW_VALUES.values(9000);
    FakeOperands x = new FakeOperands(new float[][] {values, new float[9000]}, 64, 5);
    Cut cut = Selection.ofTaskVectors(x, 1000)[0];
    float[] kept = kept(cut, values);

    float[] dropped = values.clone();
    blocks(dropped, (chunk, at, size) -> cut.drop(chunk, at, size));

    for (int i = 0; i < values.length; i++) {
      assertThat(kept[i] + dropped[i]).isEqualTo(values[i]);
    }
  }

  /// Indices from the largest magnitude to the smallest, of equal ones the lowest first.
  private static Integer[] order(float[] values) {
    Integer[] order = new Integer[values.length];
    Arrays.setAll(order, i -> i);
    Arrays.sort(
        order, Comparator.comparingInt(i -> -(Float.floatToRawIntBits(values[i]) & 0x7fffffff)));
    return order;
  }

  private static float[] kept(Cut cut, float[] values) {
    float[] kept = values.clone();
    blocks(kept, (chunk, at, size) -> cut.keep(chunk, at, size));
    return kept;
  }

  @FunctionalInterface
  private interface Change {
    void apply(float[] chunk, long first, int size);
  }

  private static void blocks(float[] values, Change change) {
    for (int at = 0; at < values.length; at += Block.SIZE) {
      int size = Math.min(Block.SIZE, values.length - at);
      float[] chunk = Arrays.copyOfRange(values, at, at + size);
      change.apply(chunk, at, size);
      System.arraycopy(chunk, 0, values, at, size);
    }
  }

  private static float[] difference(float[] x, float[] base) {
    float[] d = new float[x.length];
    for (int i = 0; i < d.length; i++) {
      d[i] = x[i] - base[i];
    }
    return d;
  }

  /// Bits, where both zeros are the same.
  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = values[i] == 0 ? 0 : Float.floatToRawIntBits(values[i]);
    }
    return bits;
  }

  private static int nonZero(float[] values) {
    List<Float> found = new ArrayList<>();
    for (float value : values) {
      if (value != 0) {
        found.add(value);
      }
    }
    return found.size();
  }
}
