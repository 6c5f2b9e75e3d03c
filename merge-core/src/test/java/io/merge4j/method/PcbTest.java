// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.merge4j.Merge;
import io.merge4j.MergeMethod;
import io.merge4j.Merger;
import io.merge4j.model.Model;
import io.merge4j.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PcbTest extends MergeMethodContract {

  @Override
  MergeMethod method() {
    return new Pcb();
  }

  private static final double RATIO = 0.3;

  @Override
  boolean spreadsNaN() {
    return true;
  }

  @Override
  Merge merge(List<Model> models, double[] weights) {
    return chain(models).ratio(RATIO).lambda(0.5);
  }

  private static Pcb.Models chain(List<Model> models) {
    Pcb.Models merge = Merger.pcb().base(models.getLast()).model(models.get(0));
    for (int i = 1; i < models.size() - 1; i++) {
      merge = merge.model(models.get(i));
    }
    return merge;
  }

  @Override
  Optional<double[]> formula(double[][] x, double[] weights, Shape shape) {
    return Optional.of(rule(x, RATIO));
  }

  private static double[] rule(double[][] x, double ratio) {
    int n = x.length - 1;
    int size = x[n].length;
    double[] sums = new double[size];
    double[][] d = new double[n][size];
    for (int i = 0; i < n; i++) {
      for (int k = 0; k < size; k++) {
        d[i][k] = (float) x[i][k] - (float) x[n][k];
        sums[k] += d[i][k];
      }
    }
    double[] added = new double[size];
    double[] divisors = new double[size];
    for (int i = 0; i < n; i++) {
      double[] balances = balances(d[i], sums, n, ratio);
      for (int k = 0; k < size; k++) {
        added[k] += balances[k] * d[i][k];
        divisors[k] += balances[k];
      }
    }
    double[] y = x[n].clone();
    for (int k = 0; k < size; k++) {
      y[k] += 0.5 * added[k] / Math.max(divisors[k], 1e-12);
    }
    return y;
  }

  /// Scores are compared in float32.
  private static double[] balances(double[] d, double[] sums, int n, double ratio) {
    double least = Arrays.stream(d).map(Math::abs).min().orElseThrow();
    double greatest = Arrays.stream(d).map(Math::abs).max().orElseThrow();
    double[] scores = new double[d.length];
    for (int k = 0; k < d.length; k++) {
      double size = least == greatest ? 0 : (Math.abs(d[k]) - least) / (greatest - least);
      scores[k] = (float) (Math.exp(n * size * size) * Math.tanh(d[k] * sums[k]));
    }
    double[] sorted = scores.clone();
    Arrays.sort(sorted);
    double last = sorted[d.length - 1];
    double first = sorted[Math.min((int) (d.length * (1 - ratio)), d.length - 1)];
    if (first == last) {
      return Arrays.stream(scores).map(s -> s >= first && first > 0 ? 1 : 0).toArray();
    }
    return Arrays.stream(scores).map(s -> (Math.max(s, first) - first) / (last - first)).toArray();
  }

  private static List<Model> two() {
    return Merging.models(
        Shape.of(5),
        new float[] {0.5f, -0.25f, 1, 0, -0.75f},
        new float[] {0.25f, 0.5f, -0.5f, 1, -1},
        new float[5]);
  }

  @Test
  void equals_what_was_calculated_by_other_means() {
    // With NumPy, as in the paper's code without clipping.
    assertThat(Merging.merged(chain(two()).ratio(0.5)))
        .containsExactly(new float[] {0, 0, 1, 1, -0.89415723f}, within(1e-6f));
    assertThat(Merging.merged(chain(two()).ratio(1)))
        .containsExactly(
            new float[] {0.4343165f, 0.5f, 1, 0.97576493f, -0.8900822f}, within(1e-6f));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.1, 0.5, 0.7, 0.75, 0.8, 0.95, 1})
  void thresholds_may_lie_on_either_side_of_zero(double ratio) {
    float[][] x = random(4097, 4);
    for (int k = 0; k < 1000; k++) {
      x[0][k] = x[3][k];
    }
    keepsToItsRule(x, ratio);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.1, 0.7, 0.95})
  void tensors_may_be_larger_than_what_is_collected_whole(double ratio) {
    keepsToItsRule(random(70_000, 4), ratio);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.1, 0.7, 1})
  void models_may_be_as_their_base(double ratio) {
    float[][] x = random(4097, 4);
    x[1] = x[3].clone();
    keepsToItsRule(x, ratio);
    assertThat(Merging.merged(chain(Merging.models(Shape.of(4097), x[3], x[3], x[3])).ratio(ratio)))
        .containsExactly(x[3]);
  }

  private static void keepsToItsRule(float[][] x, double ratio) {
    double[][] wide = Arrays.stream(x).map(Merging::doubles).toArray(double[][]::new);
    double[] expected = rule(wide, ratio);

    float[] result =
        Merging.merged(chain(Merging.models(Shape.of(x[3].length), x)).ratio(ratio).lambda(0.5));

    for (int k = 0; k < result.length; k++) {
      assertThat((double) result[k]).as("element %d", k).isCloseTo(expected[k], within(1e-7));
    }
  }

  @Test
  void a_score_of_one_element_counts_if_models_agree() {
    List<Model> models =
        Merging.models(Shape.of(1), new float[] {3}, new float[] {1}, new float[1]);

    assertThat(Merging.merged(chain(models))).containsExactly(2);
  }
}
