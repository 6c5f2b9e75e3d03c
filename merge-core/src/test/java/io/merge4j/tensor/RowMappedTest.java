// SPDX-License-Identifier: Apache-2.0
package io.merge4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.common.primitives.ImmutableIntArray;
import io.merge4j.kernel.Kernels;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/// What holds for every view, against the same rows gathered one by one.
class RowMappedTest {

  private static final int SOURCES = 3;

  /// Rows at random, in runs, zeros and means among them.
  private record AnyRows(int real, int size, ImmutableIntArray from, ImmutableIntArray at)
      implements RowMapped.Rows {

    static AnyRows of(Random random, int rows, int real, int size) {
      int[] from = new int[real];
      int[] at = new int[real];
      for (int row = 0; row < real; row++) {
        boolean follows = row > 0 && from[row - 1] >= 0 && random.nextInt(3) > 0;
        from[row] = follows ? from[row - 1] : random.nextInt(SOURCES + 2) - 2;
        at[row] = follows ? (at[row - 1] + 1) % rows : random.nextInt(rows);
      }
      return new AnyRows(real, size, ImmutableIntArray.copyOf(from), ImmutableIntArray.copyOf(at));
    }

    @Override
    public int source(int row) {
      return from.get(row);
    }

    @Override
    public int row(int source, int row) {
      return at.get(row);
    }

    @Override
    public boolean isInMean(int source, int row) {
      return source != 1;
    }

    @Override
    public boolean isPrefix() {
      return false;
    }
  }

  private static Tensor random(Random random, DType dtype, Shape shape) {
    float[] values = new float[(int) shape.elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    TensorSpec spec = new TensorSpec("x", dtype, shape);
    MemorySegment bytes = MemorySegment.ofArray(new byte[(int) spec.bytes()]);
    Kernels.best().encode(dtype, values, 0, values.length, bytes, 0);
    return Tensor.of(spec, bytes);
  }

  private static float element(Tensor tensor, long index) {
    float[] value = new float[1];
    tensor.read(index, 1, value, 0);
    return value[0];
  }

  @Property(tries = 300)
  void reads_and_copies_what_its_rows_are(
      @ForAll Random random,
      @ForAll @IntRange(min = 1, max = 9) int rows,
      @ForAll @IntRange(min = 1, max = 12) int real,
      @ForAll @IntRange(max = 3) int padding,
      @ForAll @IntRange(max = 2) int axis) {
    int outer = axis == 0 ? 1 : 1 + random.nextInt(4);
    int inner = axis == 2 ? 1 : 1 + random.nextInt(5);
    int dimension = axis == 0 ? 0 : 1;
    Shape shape =
        axis == 0
            ? Shape.of(rows, inner)
            : axis == 1 ? Shape.of(outer, rows, inner) : Shape.of(outer, rows);
    DType[] types = {DType.F32, DType.BF16, DType.F16};
    Tensor[] sources = new Tensor[SOURCES];
    for (int i = 0; i < SOURCES; i++) {
      sources[i] = random(random, types[random.nextInt(3)], shape);
    }
    AnyRows map = AnyRows.of(random, rows, real, real + padding);
    Tensor view = RowMapped.of(sources[0], dimension, sources, map);

    int elements = outer * (real + padding) * inner;
    assertThat(view.spec().elements()).isEqualTo(elements);
    float[] expected = new float[elements];
    for (int o = 0; o < outer; o++) {
      for (int i = 0; i < inner; i++) {
        double sum = 0;
        for (int row = 0; row < real; row++) {
          long place = ((long) o * rows + map.at.get(row)) * inner + i;
          float value =
              switch (map.from.get(row)) {
                case RowMapped.Rows.ZERO -> 0;
                case RowMapped.Rows.MEAN ->
                    (float)
                        (((double) element(sources[0], place) + element(sources[2], place)) / 2);
                default -> element(sources[map.from.get(row)], place);
              };
          expected[(o * (real + padding) + row) * inner + i] = value;
          sum += value;
        }
        for (int row = real; row < real + padding; row++) {
          expected[(o * (real + padding) + row) * inner + i] = (float) (sum / real);
        }
      }
    }

    int first = random.nextInt(elements);
    int count = random.nextInt(elements - first + 1);
    float[] values = new float[count + 2];
    view.read(first, count, values, 1);
    for (int i = 0; i < count; i++) {
      assertThat(values[i + 1]).isEqualTo(expected[first + i], within(0f));
    }

    DType dtype = view.spec().dtype();
    MemorySegment all = MemorySegment.ofArray(new byte[(int) dtype.bytes(elements)]);
    Kernels.best().encode(dtype, expected, 0, elements, all, 0);
    int from = random.nextInt((int) all.byteSize());
    MemorySegment part =
        MemorySegment.ofArray(new byte[random.nextInt((int) all.byteSize() - from + 1)]);
    view.copy(from, part);
    assertThat(part.mismatch(all.asSlice(from, part.byteSize()))).isEqualTo(-1);
  }

  @Test
  void ranges_outside_are_refused() {
    Tensor own = Tensor.of("x", Shape.of(2, 2), 1, 2, 3, 4);
    AnyRows rows = new AnyRows(2, 2, ImmutableIntArray.of(0, 0), ImmutableIntArray.of(1, 0));
    Tensor view = RowMapped.of(own, 0, new Tensor[] {own}, rows);
    assertThatThrownBy(() -> view.read(3, 2, new float[2], 0))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> view.read(0, 2, new float[2], 1))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> view.copy(15, MemorySegment.ofArray(new byte[2])))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }
}
