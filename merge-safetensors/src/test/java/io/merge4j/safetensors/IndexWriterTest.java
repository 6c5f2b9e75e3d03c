// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.TensorSpec;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class IndexWriterTest {

  @Test
  void names_are_sorted_by_code_point_and_written_in_ascii() {
    ImmutableList<TensorSpec> specs =
        Stream.of("\ud83d\ude00", "\uffee", "q\"\\/\n\u001f", "é")
            .map(name -> new TensorSpec(name, DType.BF16, Shape.of(3)))
            .collect(ImmutableList.toImmutableList());
    // As json.dumps(index, indent=2, sort_keys=True) of Python prints it.
    String expected =
        """
        {
          "metadata": {
            "total_parameters": 12,
            "total_size": 24
          },
          "weight_map": {
            "q\\"\\\\/\\n\\u001f": "model-00002-of-00002.safetensors",
            "\\u00e9": "model-00002-of-00002.safetensors",
            "\\uffee": "model-00001-of-00002.safetensors",
            "\\ud83d\\ude00": "model-00001-of-00002.safetensors"
          }
        }
        """;
    byte[] index = IndexWriter.index(Layouts.layout(specs, 12, ImmutableMap.of()));
    assertThat(new String(index, StandardCharsets.UTF_8)).isEqualTo(expected);
  }
}
