// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.merge4j.Merge;
import io.merge4j.MergeException;
import io.merge4j.Merger;
import io.merge4j.model.Model;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What merges say of numbers that are not finite.
class FindingsTest {

  private static final int SIZE = 140_000;

  private static Model holding(String name, float value) {
    float[] x = Merging.normal(1, SIZE);
    x[3] = value;
    x[SIZE - 1] = value;
    return Merging.model(name, Tensor.of("w", Shape.of(SIZE), x));
  }

  private static List<Merge> copies(Model bad, Model other) {
    return List.of(
        Merger.using(new Passthrough(), bad),
        Merger.slerp(other, bad).t(1),
        Merger.linear().model(bad).weight(1).model(other).weight(0),
        Merger.taskArithmetic().base(other).model(bad).weight(1));
  }

  @Test
  void copies_are_looked_at_like_anything_else() {
    for (Merge copy : copies(holding("bad", Float.NaN), holding("other", 1))) {
      assertThat(Merging.merged(copy, Merging.OUTPUT).findings("w"))
          .as("%s", copy.recipe())
          .containsExactly("2 of %d elements are NaN or infinite in bad".formatted(SIZE));
      assertThatThrownBy(() -> Merging.merged(copy, Merging.OUTPUT.strict(true)))
          .as("%s", copy.recipe())
          .isInstanceOf(MergeException.class)
          .hasMessageContaining("Tensor w: 2 of ");
    }
  }

  @Test
  void models_that_are_not_used_are_not_looked_at() {
    Merge merge = Merger.slerp(holding("good", 1), holding("bad", Float.NaN)).t(0);
    assertThat(Merging.merged(merge, Merging.OUTPUT.strict(true)).findings("w")).isEmpty();
  }

  @Test
  void models_of_weight_0_among_others_are_not_looked_at() {
    Merge merge =
        Merger.linear()
            .model(holding("a", 1))
            .weight(0.5)
            .model(holding("b", 2))
            .weight(0.5)
            .model(holding("bad", Float.NaN))
            .weight(0);
    assertThat(Merging.merged(merge, Merging.OUTPUT.strict(true)).findings("w")).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16", "F64"})
  void what_overflows_is_told(DType dtype) {
    Merge merge =
        Merger.linear()
            .model(holding("a", 2))
            .weight(3e38)
            .model(holding("b", 0))
            .weight(0)
            .normalize(false);
    List<String> findings = Merging.merged(merge, Merging.OUTPUT.dtype(dtype)).findings("w");
    assertThat(findings)
        .singleElement()
        .asString()
        .startsWith("2 of 140000 elements became NaN or infinite where all inputs are finite;");
  }
}
