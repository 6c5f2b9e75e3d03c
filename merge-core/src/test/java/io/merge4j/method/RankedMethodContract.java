// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.merge4j.RecipeException;
import io.merge4j.model.Model;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What methods keep whose elements stay by their rank within a row.
abstract class RankedMethodContract extends RandomMethodContract<RankedRandom.WithWeight> {

  private static final double EPSILON = 0.3;

  /// Elements of one rank have one probability, which goes evenly from 0.3 to 0.9: the mean of its
  /// square.
  @Override
  double keptTwice() {
    return DENSITY * DENSITY + EPSILON * EPSILON / 3;
  }

  @Override
  RankedRandom.WithWeight options(RankedRandom.WithWeight step) {
    return step.density(DENSITY).epsilon(EPSILON);
  }

  @Test
  void elements_stay_by_their_rank_within_the_row() {
    int rows = 800;
    int columns = 101;
    float[] d = new float[rows * columns];
    for (int i = 0; i < d.length; i++) {
      // Ranks 0 to 100 in another order in each row, at a scale of its own.
      int row = i / columns;
      d[i] = (1 + (i % columns + row) * 7 % columns) * (row + 1) * (i % 2 == 0 ? 1 : -1);
    }
    List<Model> models = Merging.models(Shape.of(rows, columns), d, new float[d.length]);

    float[] merged = Merging.merged(chain(models, 1).rescale(false));

    double[] share = new double[columns];
    for (int i = 0; i < d.length; i++) {
      int rank = Math.round(Math.abs(d[i]) / (i / columns + 1)) - 1;
      share[rank] += merged[i] == 0 ? 0 : 1.0 / rows;
    }
    for (int rank = 0; rank < columns; rank++) {
      // Five standard deviations of a mean of 800.
      assertThat(share[rank]).as("rank %d", rank).isCloseTo(0.3 + 0.006 * rank, within(0.09));
    }
  }

  @Test
  void tensors_without_elements_stay() {
    for (Shape shape : List.of(Shape.of(0), Shape.of(3, 0))) {
      List<Model> models = Merging.models(shape, new float[0], new float[0]);

      assertThat(Merging.merged(chain(models, 1))).isEmpty();
    }
  }

  @Test
  void a_bit_for_each_element_is_held_as_long_as_there_is_room() {
    assertThat(method().offHeapBytes(Shape.of(4096, 4096), 2)).isEqualTo(2 * 4096 * 4096 / 8);
    assertThat(method().offHeapBytes(Shape.of(1 << 14, 1 << 14), 2)).isZero();
    assertThat(method().offHeapBytes(Shape.of(3, 0), 2)).isZero();
  }

  @Test
  void plans_count_the_bits_of_the_largest_weights() {
    Tensor small = Tensor.of("a", Shape.of(8, 64), new float[8 * 64]);
    Tensor large = Tensor.of("b", Shape.of(16, 64), new float[16 * 64]);
    long[] both = memory(small, large);
    // The third thread has no weight of its own.
    assertThat(both[1] - both[0]).isEqualTo(both[2] - both[1] + 8 * 64 / 8);
    assertThat(both[0]).isEqualTo(memory(large)[0]);
  }

  /// What plans with 1, 2 and 3 threads say.
  private long[] memory(Tensor... tensors) {
    List<Model> models = List.of(Merging.model("x", tensors), Merging.model("y", tensors));
    return IntStream.rangeClosed(1, 3)
        .mapToLong(threads -> chain(models, 1).plan(Merging.OUTPUT.threads(threads)).memory())
        .toArray();
  }

  @Test
  void refuses_probabilities_that_are_none() {
    List<Model> models = Merging.models(Shape.of(4), new float[4], new float[4]);

    assertThatThrownBy(() -> chain(models, 1).density(0.9).plan())
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("density - epsilon and density + epsilon");
  }
}
