// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.Block;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.ValueSource;

class WindowsTest {

  private static final int ELEMENTS = 20 * Block.SIZE + 13;

  private final Windows windows = new Windows(Arena.ofAuto().allocate(Windows.BYTES, Long.BYTES));

  @ParameterizedTest
  @EnumSource(
      mode = Mode.MATCH_ANY,
      names = {"F.*", "BF16"})
  void decode_what_tensors_hold(DType dtype) {
    if (dtype.isFloat()) {
      assertDecodes(packed(dtype, 1), packed(dtype, 2), packed(DType.BF16, 3));
    }
  }

  /// So many that a window would be a block, or less.
  @ParameterizedTest
  @ValueSource(ints = {1, 8, 9, 32, 33, 200})
  void decode_any_number_of_tensors(int count) {
    Tensor[] tensors = new Tensor[count];
    Arrays.setAll(tensors, i -> packed(DType.BF16, i));
    assertDecodes(tensors);
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 20})
  void copy_every_byte_of_a_stretch_once_and_none_beyond(int blocks) {
    Copied tensor = new Copied(packed(DType.BF16, 1));
    int first = 2 * Block.SIZE;
    int end = Math.min(first + blocks * Block.SIZE - 5, ELEMENTS);

    decode(new Tensor[] {tensor}, first, end, Block.SIZE);

    for (int i = 0; i < tensor.times.length; i++) {
      assertThat(tensor.times[i]).as("byte %d", i).isEqualTo(i >= 2 * first && i < 2 * end ? 1 : 0);
    }
  }

  private void assertDecodes(Tensor... tensors) {
    for (int end : new int[] {1, Block.SIZE, 5 * Block.SIZE, ELEMENTS}) {
      assertDecodes(tensors, 0, end, Block.SIZE);
    }
    assertDecodes(tensors, 3 * Block.SIZE, ELEMENTS, Block.SIZE);
    assertDecodes(tensors, 500, 44_000, 500);
  }

  private void assertDecodes(Tensor[] tensors, int first, int end, int step) {
    float[][] decoded = decode(tensors, first, end, step);
    for (int i = 0; i < tensors.length; i++) {
      float[] expected = new float[end - first];
      tensors[i].read(first, end - first, expected, 0);
      assertThat(decoded[i]).as("tensor %d from %d to %d", i, first, end).isEqualTo(expected);
    }
  }

  /// What blocks of `step` elements from `first` to `end` are filled with, by tensor.
  private float[][] decode(Tensor[] tensors, int first, int end, int step) {
    float[][] decoded = new float[tensors.length][end - first];
    Block block = new Block().shape(tensors.length, false);
    windows.over(tensors, end);
    for (int at = first; at < end; at += step) {
      int size = Math.min(step, end - at);
      windows.fill(block.at(at, size), IntStream.range(0, tensors.length).toArray());
      for (int i = 0; i < tensors.length; i++) {
        System.arraycopy(block.operand(i), 0, decoded[i], at - first, size);
      }
    }
    return decoded;
  }

  private static Tensor packed(DType dtype, int seed) {
    TensorSpec spec = new TensorSpec("t" + seed, dtype, Shape.of(ELEMENTS));
    byte[] bytes = new byte[Math.toIntExact(spec.bytes())];
    new Random(seed).nextBytes(bytes);
    return Tensor.of(spec, MemorySegment.ofArray(bytes));
  }

  /// Counts how often each byte is copied.
  private static final class Copied implements Tensor {
    final int[] times;
    private final Tensor tensor;

    Copied(Tensor tensor) {
      this.tensor = tensor;
      times = new int[Math.toIntExact(tensor.spec().bytes())];
    }

    @Override
    public TensorSpec spec() {
      return tensor.spec();
    }

    @Override
    public void read(long first, int count, float[] into, int at) {
      throw new AssertionError("read, not copied");
    }

    @Override
    public void copy(long firstByte, MemorySegment into) {
      tensor.copy(firstByte, into);
      for (int i = 0; i < into.byteSize(); i++) {
        times[Math.toIntExact(firstByte) + i]++;
      }
    }

    @Override
    public Optional<MemorySegment> bytes() {
      return tensor.bytes();
    }
  }
}
