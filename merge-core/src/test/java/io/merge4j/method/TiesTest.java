// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.merge4j.MergeMethod;
import io.merge4j.Merger;
import io.merge4j.RecipeException;
import io.merge4j.model.Model;
import io.merge4j.tensor.Shape;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TiesTest extends SparseMethodContract<Ties.WithWeight> {

  @Override
  MergeMethod method() {
    return new Ties();
  }

  @Override
  Weighted.NeedsBase<Ties.WithWeight> start() {
    return Merger.ties();
  }

  @Override
  boolean elects() {
    return true;
  }

  @Override
  boolean normalizes() {
    return true;
  }

  @Override
  Optional<double[]> sparsified(double[] d) {
    return Optional.of(ranked(d, 0, (long) (DENSITY * d.length)));
  }

  /// Three task vectors of eight parameters on a base of zeros. Trimmed to the four largest:
  ///
  ///     d1 =  [ 6  -1   4   1  -5   2   0   3]  ->  [ 6   0   4   0  -5   0   0   3]
  ///     d2 =  [-2   5   3  -4   1   0   6   1]  ->  [ 0   5   3  -4   0   0   6   0]
  ///     d3 =  [ 1  -7  -8   2  -3   4  -1   0]  ->  [ 0  -7  -8   0  -3   4   0   0]
  private static List<Model> paper() {
    return Merging.models(
        Shape.of(8),
        new float[] {6, -1, 4, 1, -5, 2, 0, 3},
        new float[] {-2, 5, 3, -4, 1, 0, 6, 1},
        new float[] {1, -7, -8, 2, -3, 4, -1, 0},
        new float[8]);
  }

  private static Ties.WithWeight trimmed(List<Model> models, double... weights) {
    Ties.WithWeight merge =
        Merger.ties().base(models.getLast()).model(models.get(0)).weight(weights[0]).density(0.5);
    for (int i = 1; i < models.size() - 1; i++) {
      merge = merge.model(models.get(i)).weight(weights[i]).density(0.5);
    }
    return merge;
  }

  @Test
  void trims_elects_and_merges() {
    // Sums 6 -2 -1 -4 -8 4 6 3 elect + - - - - + + +; means of those that agree:
    assertThat(Merging.merged(trimmed(paper(), 1, 1, 1)))
        .containsExactly(6, -7, -8, -4, -4, 4, 6, 3);
  }

  @Test
  void weights_vote_unless_told_otherwise() {
    // Weighted 1, 2, 1: sums 6 3 2 -8 -8 4 12 3; element 1 is now +, 2·5/2, and 2 is (4 + 2·3)/3.
    assertThat(Merging.merged(trimmed(paper(), 1, 2, 1)))
        .containsExactly(6, 5, 10 / 3f, -4, -4, 4, 6, 3);
    // Unweighted sums elect as before.
    assertThat(Merging.merged(trimmed(paper(), 1, 2, 1).election("unweighted")))
        .containsExactly(6, -7, -8, -4, -4, 4, 6, 3);
  }

  @Test
  void a_majority_may_elect() {
    // Signs + | +- | ++- | - | -- | + | + | +: element 1 has no majority and is +, 2 is (4 + 3)/2.
    assertThat(Merging.merged(trimmed(paper(), 1, 1, 1).election("count")))
        .containsExactly(6, 5, 3.5f, -4, -4, 4, 6, 3);
  }

  @Test
  void sums_without_dividing_if_told_so() {
    assertThat(Merging.merged(trimmed(paper(), 1, 1, 1).normalize(false)))
        .containsExactly(6, -7, -8, -4, -8, 4, 6, 3);
  }

  @Test
  void a_weight_of_0_leaves_a_model_out_with_its_nans() {
    List<Model> models =
        List.of(
            Merging.model("a", 1, 2),
            Merging.model("b", Float.NaN, Float.NaN),
            Merging.model("base", 0, 0));

    assertThat(Merging.merged(trimmed(models, 0.5, 0).normalize(true))).containsExactly(0, 2);
  }

  @Test
  void equal_magnitudes_keep_the_first() {
    List<Model> models =
        Merging.models(Shape.of(6), new float[] {1, -1, 1, -1, 1, -1}, new float[6]);

    assertThat(Merging.merged(trimmed(models, 1))).containsExactly(1, -1, 1, 0, 0, 0);
  }

  @Test
  void refuses_an_unknown_election() {
    assertThatThrownBy(() -> trimmed(paper(), 1, 1, 1).election("random").plan())
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("weighted, unweighted or count");
  }
}
