// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.Merge;
import io.merge4j.model.Model;
import io.merge4j.tensor.Shape;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What methods keep that add sparsified task vectors to a base, and their rule on whole arrays.
///
/// @param <S> the method's complete step
abstract class SparseMethodContract<S extends SparseStep<S>> extends MergeMethodContract {

  /// Density of every model in the tests of the contract.
  static final double DENSITY = 0.6;

  abstract Weighted.NeedsBase<S> start();

  /// Whether models elect a sign.
  abstract boolean elects();

  boolean normalizes() {
    return false;
  }

  /// What stays of a task vector; empty if that is random.
  abstract Optional<double[]> sparsified(double[] d);

  /// Sets parameters of the model named last.
  S options(S step) {
    return step.density(DENSITY);
  }

  @Override
  Merge merge(List<Model> models, double[] weights) {
    return chain(models, weights);
  }

  /// @param models the base last
  S chain(List<Model> models, double... weights) {
    S step = options(start().base(models.getLast()).model(models.get(0)).weight(weights[0]));
    for (int i = 1; i < models.size() - 1; i++) {
      step = options(step.model(models.get(i)).weight(weights[i]));
    }
    return step;
  }

  @Override
  Optional<double[]> formula(double[][] x, double[] weights, Shape shape) {
    double[] b = x[x.length - 1];
    double[][] s = new double[x.length - 1][];
    for (int i = 0; i < s.length; i++) {
      double[] d = new double[b.length];
      for (int k = 0; k < b.length; k++) {
        d[k] = (float) x[i][k] - (float) b[k];
      }
      Optional<double[]> sparse = sparsified(d);
      if (sparse.isEmpty()) {
        return Optional.empty();
      }
      s[i] = sparse.get();
    }
    return Optional.of(sum(b, s, weights));
  }

  private double[] sum(double[] b, double[][] s, double[] weights) {
    double[] y = b.clone();
    for (int k = 0; k < y.length; k++) {
      double vote = 0;
      for (int i = 0; i < s.length; i++) {
        vote += weights[i] * s[i][k];
      }
      double sum = 0;
      double divisor = 0;
      for (int i = 0; i < s.length; i++) {
        double v = weights[i] * s[i][k];
        if (!elects() || (vote >= 0 ? v > 0 : v < 0)) {
          sum += v;
          divisor += weights[i];
        }
      }
      y[k] += normalizes() && divisor != 0 ? sum / divisor : sum;
    }
    return y;
  }

  /// The elements from rank `from` to rank `to` by magnitude, 0 the largest, of equal ones the
  /// first.
  static double[] ranked(double[] d, long from, long to) {
    Integer[] order = new Integer[d.length];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, Comparator.comparingDouble(i -> -Math.abs(d[i])));
    double[] kept = new double[d.length];
    for (int rank = (int) from; rank < to; rank++) {
      kept[order[rank]] = d[order[rank]];
    }
    return kept;
  }

  @Test
  void density_0_leaves_the_base() {
    float[] b = Merging.normal(3, 100);
    List<Model> models =
        Merging.models(Shape.of(100), Merging.normal(1, 100), Merging.normal(2, 100), b);
    S merge =
        start()
            .base(models.get(2))
            .model(models.get(0))
            .weight(1)
            .density(0)
            .model(models.get(1))
            .weight(0.5)
            .density(0);

    assertThat(Merging.merged(merge)).isEqualTo(b);
  }

  @Test
  void rescaling_restores_the_norm_of_the_task_vector() {
    float[] d = Merging.normal(4, 6000);
    List<Model> models = Merging.models(Shape.of(6000), d, new float[6000]);

    float[] plain = Merging.merged(chain(models, 1).rescale(false));
    float[] rescaled = Merging.merged(chain(models, 1).rescale(true));

    assertThat(norm(rescaled))
        .isCloseTo(norm(d), org.assertj.core.data.Percentage.withPercentage(0.001));
    float ratio = (float) (norm(d) / norm(plain));
    for (int i = 0; i < d.length; i++) {
      assertThat(rescaled[i])
          .isCloseTo(plain[i] * ratio, org.assertj.core.data.Offset.offset(1e-6f));
    }
  }

  @Test
  void lambda_scales_what_is_added() {
    List<Model> models = Merging.models(Shape.of(100), Merging.normal(4, 100), new float[100]);
    float[] once = Merging.merged(chain(models, 1));
    float[] twice = Merging.merged(chain(models, 1).lambda(2));

    for (int i = 0; i < 100; i++) {
      assertThat(twice[i]).isEqualTo(2 * once[i]);
    }
  }

  static double norm(float[] values) {
    double norm = 0;
    for (float value : values) {
      norm += Math.abs(value);
    }
    return norm;
  }

  static int nonZero(float[] values) {
    int count = 0;
    for (float value : values) {
      count += value == 0 ? 0 : 1;
    }
    return count;
  }
}
