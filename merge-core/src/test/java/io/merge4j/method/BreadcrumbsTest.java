// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.MergeMethod;
import io.merge4j.Merger;
import io.merge4j.model.Model;
import io.merge4j.tensor.Shape;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BreadcrumbsTest extends SparseMethodContract<Outliers.WithWeight> {

  @Override
  MergeMethod method() {
    return new Breadcrumbs();
  }

  @Override
  Weighted.NeedsBase<Outliers.WithWeight> start() {
    return Merger.breadcrumbs();
  }

  @Override
  boolean elects() {
    return false;
  }

  @Override
  Outliers.WithWeight options(Outliers.WithWeight step) {
    return step.density(DENSITY).gamma(0.05);
  }

  @Override
  Optional<double[]> sparsified(double[] d) {
    long top = (long) (0.05 * d.length);
    return Optional.of(ranked(d, top, top + (long) (DENSITY * d.length)));
  }

  /// b = 0, d = [9 -1 5 -3 7 2 0 -4 6 8].
  private static Outliers.WithWeight ten() {
    List<Model> models =
        Merging.models(Shape.of(10), new float[] {9, -1, 5, -3, 7, 2, 0, -4, 6, 8}, new float[10]);
    return Merger.breadcrumbs().base(models.get(1)).model(models.get(0)).weight(1);
  }

  @Test
  void removes_the_largest_and_the_smallest() {
    // Without 9 and 8, the five largest.
    assertThat(Merging.merged(ten().density(0.5).gamma(0.2)))
        .containsExactly(0, 0, 5, -3, 7, 0, 0, -4, 6, 0);
  }

  @Test
  void removes_fewer_large_ones_if_else_too_few_would_remain() {
    // 9 of 10 remain, so that only one of two outliers goes.
    assertThat(Merging.merged(ten().density(0.9).gamma(0.2)))
        .containsExactly(0, -1, 5, -3, 7, 2, 0, -4, 6, 8);
  }

  @Test
  void removes_no_outlier_where_their_share_is_less_than_one() {
    assertThat(Merging.merged(ten().density(0.5).gamma(0.05)))
        .containsExactly(9, 0, 5, 0, 7, 0, 0, 0, 6, 8);
  }
}
