// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.Merge;
import io.merge4j.Merger;
import io.merge4j.PlannedWeight;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Parameters that vary with depth, over the layers that adapters change.
class AdapterGradientTest {

  @TempDir private Path directory;

  /// An adapter of rank 1 of one module per layer.
  private Path adapter(String name, int first, int end) throws IOException {
    Path adapter = Files.createDirectory(directory.resolve(name));
    Files.writeString(
        adapter.resolve("adapter_config.json"),
        "{\"peft_type\": \"LORA\", \"r\": 1, \"lora_alpha\": 1, \"base_model_name_or_path\": \"org/base\", \"target_modules\": [\"q_proj\"]}");
    List<Tensor> tensors = new ArrayList<>();
    for (int layer = first; layer < end; layer++) {
      String module = "base_model.model.model.layers.%d.self_attn.q_proj.".formatted(layer);
      tensors.add(Tensor.of(module + "lora_A.weight", Shape.of(1, 8), new float[8]));
      tensors.add(Tensor.of(module + "lora_B.weight", Shape.of(8, 1), new float[8]));
    }
    Safetensors.write(adapter.resolve("adapter_model.safetensors"), tensors);
    return adapter;
  }

  private static List<Double> depths(Merge merge) {
    return merge.plan().weights().stream().map(PlannedWeight::weight).map(w -> w.depth()).toList();
  }

  @Test
  void follow_the_layers_of_one_module_each() throws IOException {
    Merge merge =
        Merger.linear()
            .model(adapter("a", 0, 3))
            .weight(0, 1)
            .model(adapter("b", 0, 3))
            .weight(1, 0);
    assertThat(depths(merge)).containsExactly(0.0, 0.5, 1.0);
    assertThat(merge.plan().weights().get(1).weight().layer()).hasValue(1);
  }

  @Test
  void count_layers_that_the_adapters_leave_as_they_are() throws IOException {
    Path b = adapter("b", 3, 5);
    assertThat(depths(Merger.linear().model(adapter("a", 1, 3)).weight(1).model(b).weight(1)))
        .containsExactly(0.25, 0.5, 0.75, 1.0);
  }
}
