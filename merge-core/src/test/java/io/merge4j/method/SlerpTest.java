// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.merge4j.Merge;
import io.merge4j.MergeMethod;
import io.merge4j.Merger;
import io.merge4j.RecipeException;
import io.merge4j.model.Model;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Shape;
import java.util.List;
import java.util.Optional;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class SlerpTest extends MergeMethodContract {

  private static final Offset<Float> CLOSE = within(1e-6f);

  @Override
  MergeMethod method() {
    return new Slerp();
  }

  @Override
  Merge merge(List<Model> models, double[] weights) {
    return models.size() == 1
        ? Merger.using(method(), models.get(0)).base(models.get(0)).with("t", 0.5)
        : Merger.slerp(models.get(0), models.get(1)).t(0.5);
  }

  @Override
  Optional<double[]> formula(double[][] x, double[] weights, Shape shape) {
    double dot = 0;
    double a = 0;
    double b = 0;
    for (int i = 0; i < x[0].length; i++) {
      dot += x[0][i] * x[1][i];
      a += x[0][i] * x[0][i];
      b += x[1][i] * x[1][i];
    }
    double cosine = dot / ((a == 0 ? 1 : Math.sqrt(a)) * (b == 0 ? 1 : Math.sqrt(b)));
    double share =
        Math.abs(cosine) > 0.9995
            ? 0.5
            : Math.sin(0.5 * Math.acos(cosine)) / Math.sin(Math.acos(cosine));
    double[] y = new double[x[0].length];
    for (int i = 0; i < y.length; i++) {
      y[i] = share * x[0][i] + share * x[1][i];
    }
    return Optional.of(y);
  }

  @Override
  boolean spreadsNaN() {
    return true;
  }

  @Test
  void goes_along_the_arc_between_perpendicular_tensors() {
    // θ = 90°: sin 60° of a and sin 30° of b.
    float[] result = slerp(1 / 3.0, new float[] {1, 0}, new float[] {0, 1});

    assertThat(result[0]).isEqualTo((float) Math.sqrt(0.75));
    assertThat(result[1]).isEqualTo(0.5f);
  }

  @Test
  void takes_the_angle_of_a_whole_matrix() {
    // |a|² = 30, |b|² = 30, <a,b> = 4 + 6 + 6 + 4 = 20: cos θ = 2/3; at t = 1/2 both shares are
    // 1 / (2 cos(θ/2)) = 1 / (2 sqrt((1 + 2/3) / 2)) = sqrt(3/10) = 0.5477226.
    Shape shape = Shape.of(2, 2);
    List<Model> models = Merging.models(shape, new float[] {1, 2, 3, 4}, new float[] {4, 3, 2, 1});

    float[] result = Merging.merged(Merger.slerp(models.get(0), models.get(1)).t(0.5));

    for (float y : result) {
      assertThat(y).isEqualTo(5 * 0.5477226f, CLOSE);
    }
  }

  @Test
  void the_ends_are_the_models_bit_for_bit() {
    float[] a = {1, Float.NaN, 3, -0f};
    float[] b = {4, 3, Float.POSITIVE_INFINITY, 1};

    assertThat(slerp(0, a, b)).isEqualTo(a);
    assertThat(slerp(1, a, b)).isEqualTo(b);
  }

  @Test
  void nearly_parallel_tensors_are_interpolated_linearly() {
    assertThat(slerp(0.25, new float[] {1, 2}, new float[] {3, 6})).containsExactly(1.5f, 3);
  }

  @Test
  void antiparallel_tensors_are_interpolated_linearly() {
    assertThat(slerp(0.25, new float[] {4, 8}, new float[] {-4, -8})).containsExactly(2, 4);
  }

  @Test
  void a_zero_tensor_counts_as_perpendicular() {
    // sin 45° of a.
    assertThat(slerp(0.5, new float[] {1, 2}, new float[] {0, 0})[1])
        .isEqualTo((float) Math.sqrt(2), CLOSE);
  }

  @Test
  void the_base_is_the_end_at_0_wherever_it_stands() {
    Model a = Merging.model("a", 1, 0);
    Model b = Merging.model("b", 0, 1);

    assertThat(Merging.merged(Merger.using(new Slerp(), a, b).base(b).with("t", 0)))
        .containsExactly(0, 1);
  }

  @Test
  void filters_and_gradients_choose_t_by_name_and_depth() {
    Model a = Merging.layered("a", 3, 0, 1);
    Model b = Merging.layered("b", 3, 1, 0);
    Merge merge = Merger.slerp(a, b).t(0).filter("attn", 0, 0.5, 1).filter("norm", 1);

    Merging.Result result = Merging.merged(merge, Merging.OUTPUT);

    assertThat(result.tensor("layers.0.self_attn.q.weight")).containsExactly(0, 1);
    assertThat(result.tensor("layers.1.self_attn.k.weight")[0])
        .isEqualTo((float) Math.sqrt(0.5), CLOSE);
    assertThat(result.tensor("layers.2.self_attn.q.weight")).containsExactly(1, 0);
    assertThat(result.tensor("layers.2.mlp.up.weight")).containsExactly(0, 1);
    assertThat(result.tensor("norm.weight")).containsExactly(1, 0);
  }

  @Test
  void bf16_results_are_correctly_rounded() {
    Model a = Merging.model("a", Merging.tensor("w", DType.BF16, Shape.of(4097), 1));
    Model b = Merging.model("b", Merging.tensor("w", DType.BF16, Shape.of(4097), 2));
    Merge merge = Merger.slerp(a, b).t(0.5);

    float[] narrow = Merging.merged(merge);
    float[] wide = Merging.merged(merge, Merging.OUTPUT.dtype(DType.F32)).tensor("w");

    for (int i = 0; i < wide.length; i++) {
      assertThat(Math.abs(narrow[i] - wide[i])).isLessThanOrEqualTo(Math.abs(wide[i]) / 256);
    }
  }

  @Test
  void refuses_t_outside_0_to_1() {
    Model a = Merging.model("a", 1, 0);
    Model b = Merging.model("b", 0, 1);

    assertThatThrownBy(() -> Merger.slerp(a, b).t(1.5).plan())
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("t is 1.5, expected 0 to 1");
  }

  private static float[] slerp(double t, float[] a, float[] b) {
    return Merging.merged(Merger.slerp(Merging.model("a", a), Merging.model("b", b)).t(t));
  }
}
