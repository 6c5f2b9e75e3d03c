// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.merge4j.Output;
import io.merge4j.model.Model;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What methods keep that drop elements of task vectors at random.
///
/// @param <S> the method's complete step
abstract class RandomMethodContract<S extends SparseStep<S>> extends SparseMethodContract<S> {

  private static final int SIZE = 6000;

  @Override
  Optional<double[]> sparsified(double[] d) {
    return Optional.empty();
  }

  @Override
  Order order() {
    return Order.MATTERS;
  }

  @Override
  boolean spreadsNaN() {
    return true;
  }

  /// The share of elements that two independent masks both keep.
  double keptTwice() {
    return DENSITY * DENSITY;
  }

  @Test
  void density_1_keeps_all() {
    float[][] x = {Merging.normal(1, SIZE), Merging.normal(2, SIZE), Merging.normal(3, SIZE)};
    List<Model> models = Merging.models(Shape.of(SIZE), x);
    double[] b = Merging.doubles(x[2]);

    float[] merged =
        Merging.merged(
            start()
                .base(models.get(2))
                .model(models.get(0))
                .weight(0.5)
                .density(1)
                .model(models.get(1))
                .weight(0.25)
                .density(1));

    for (int i = 0; i < SIZE; i++) {
      double v = 0.5 * (x[0][i] - x[2][i]);
      double w = 0.25 * (x[1][i] - x[2][i]);
      boolean agree = v > 0 == w > 0;
      boolean first = Math.abs(v) > Math.abs(w);
      double sum = !elects() || agree ? v + w : first ? v : w;
      double divisor = !normalizes() ? 1 : !elects() || agree ? 0.75 : first ? 0.5 : 0.25;
      assertThat((double) merged[i]).isCloseTo(b[i] + sum / divisor, within(1e-6));
    }
  }

  @Test
  void keeps_the_share_that_it_shall_and_the_mean_over_many_seeds() {
    float[] d = Merging.normal(4, SIZE);
    List<Model> models = Merging.models(Shape.of(SIZE), d, new float[SIZE]);
    double[] mean = new double[SIZE];
    double kept = 0;
    int seeds = 60;
    for (int seed = 0; seed < seeds; seed++) {
      float[] merged = Merging.merged(chain(models, 1).rescale(false), seeded(seed)).tensor("w");
      for (int i = 0; i < SIZE; i++) {
        assertThat(merged[i] == 0 || merged[i] == d[i]).isTrue();
        mean[i] += merged[i] / seeds;
      }
      kept += nonZero(merged);
    }
    // 360000 draws: the standard deviation of the share is 0.0008.
    assertThat(kept / seeds / SIZE).isCloseTo(DENSITY, within(0.004));
    double share = 0;
    for (int i = 0; i < SIZE; i++) {
      share += mean[i] / d[i] / SIZE;
    }
    assertThat(share).isCloseTo(DENSITY, within(0.004));
  }

  @Test
  void rescaled_results_have_the_norm_of_the_task_vector_for_every_seed() {
    float[] d = Merging.normal(4, SIZE);
    List<Model> models = Merging.models(Shape.of(SIZE), d, new float[SIZE]);
    for (int seed = 0; seed < 20; seed++) {
      float[] merged = Merging.merged(chain(models, 1), seeded(seed)).tensor("w");

      assertThat(norm(merged) / norm(d)).isCloseTo(1, within(1e-6));
    }
  }

  @Test
  void masks_differ_by_seed_model_and_tensor() {
    float[] d = Merging.filled(SIZE, 1);
    List<Model> models = new ArrayList<>();
    for (String name : List.of("a", "b", "base")) {
      float[] values = name.equals("base") ? new float[SIZE] : d;
      models.add(
          Merging.model(
              name,
              Tensor.of("v", Shape.of(SIZE), values),
              Tensor.of("w", Shape.of(SIZE), values)));
    }
    // Sums of 1 and 2 tell which of the models kept an element.
    Merging.Result merged =
        Merging.merged(chain(models, 1, 2).rescale(false).normalize(false), seeded(1));
    float[] v = merged.tensor("v");
    float[] w = merged.tensor("w");
    float[] other =
        Merging.merged(chain(models, 1, 2).rescale(false).normalize(false), seeded(2)).tensor("w");

    int[] count = new int[3];
    for (int i = 0; i < SIZE; i++) {
      count[0] += w[i] == 3 ? 1 : 0;
      count[1] += w[i] % 2 == 1 && v[i] % 2 == 1 ? 1 : 0;
      count[2] += w[i] % 2 == 1 && other[i] % 2 == 1 ? 1 : 0;
    }
    for (int both : count) {
      // Four standard deviations of the share of 6000 draws.
      assertThat((double) both / SIZE).isCloseTo(keptTwice(), within(0.025));
    }
  }

  private static Output seeded(long seed) {
    return Merging.OUTPUT.seed(seed);
  }
}
