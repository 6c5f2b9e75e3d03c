// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.Merge;
import io.merge4j.MergeMethod;
import io.merge4j.Merger;
import io.merge4j.model.Model;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PassthroughTest extends MergeMethodContract {

  @Override
  MergeMethod method() {
    return new Passthrough();
  }

  @Override
  Merge merge(List<Model> models, double[] weights) {
    return Merger.using(method(), models.get(0)).with("scale", 0.5);
  }

  @Override
  Optional<double[]> formula(double[][] x, double[] weights, Shape shape) {
    return Optional.of(Arrays.stream(x[0]).map(v -> v / 2).toArray());
  }

  @Override
  boolean keepsEqualModels() {
    return false;
  }

  @Test
  void keeps_every_byte_of_every_type() {
    for (DType dtype : DType.values()) {
      Tensor tensor =
          dtype.isFloat()
              ? Merging.tensor("w", dtype, Shape.of(8), 1)
              : Tensor.of(
                  new TensorSpec("w", dtype, Shape.of(8)),
                  MemorySegment.ofArray(new byte[dtype.bits()]));
      byte[] expected = new byte[dtype.bits()];
      tensor.copy(0, MemorySegment.ofArray(expected));

      Merge merge = Merger.using(method(), Merging.model("a", tensor));

      assertThat(Merging.merged(merge, Merging.OUTPUT).bytes()).as("%s", dtype).isEqualTo(expected);
    }
  }

  @Test
  void stacks_layers_and_scales_them() {
    Merge merge =
        Merger.stack()
            .layers(Merging.layered("a", 3, 1, 2), 0, 2)
            .layers(Merging.layered("b", 3, 4, 8), 1, 3)
            .scale(0.5)
            .filter("mlp.up", -1);

    Merging.Result result = Merging.merged(merge, Merging.OUTPUT);

    assertThat(result.tensor("layers.1.mlp.up.weight")).containsExactly(1, 2);
    assertThat(result.tensor("layers.2.mlp.up.weight")).containsExactly(-4, -8);
    assertThat(result.tensor("layers.3.mlp.down.weight")).containsExactly(2, 4);
    assertThat(result.checkpoint().find("layers.4.mlp.up.weight")).isEmpty();
  }
}
