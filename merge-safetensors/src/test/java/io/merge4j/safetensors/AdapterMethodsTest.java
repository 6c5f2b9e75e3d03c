// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static io.merge4j.safetensors.Vectors.distance;
import static io.merge4j.safetensors.Vectors.doubles;
import static io.merge4j.safetensors.Vectors.length;
import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.AdapterRank;
import io.merge4j.MergeReport;
import io.merge4j.Merger;
import io.merge4j.Output;
import io.merge4j.Recipe;
import io.merge4j.lora.AdapterTensor;
import io.merge4j.lora.AdapterTensor.How;
import io.merge4j.tensor.Checkpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Adapters merged by methods that give no sums, whose results are taken apart again.
class AdapterMethodsTest {

  private static final Path MODELS = Path.of("src/test/resources/golden/models");
  private static final Path PLAIN = MODELS.resolve("lora-plain");
  private static final Path EMBED = MODELS.resolve("lora-embed");
  private static final Output OUTPUT = Output.DEFAULT.sync(false);

  @TempDir private Path directory;

  private AppliedAdapters adapters;

  @BeforeEach
  void open() {
    adapters = new AppliedAdapters(directory);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ties        | base  | {weights: [0.6, 0.7], density: 0.5}
          dare_ties   | base  | {weights: [0.6, 0.7], density: 0.5}
          della       | base  | {weights: [0.6, 0.7], density: 0.5, epsilon: 0.1}
          breadcrumbs | base  | {weights: [0.6, 0.7], density: 0.5}
          pcb         | base  | {}
          slerp       | first | {t: 0.3}
          karcher     | none  | {}
          """)
  void works_on_changes_as_methods_do_on_models(String method, String base, String parameters)
      throws IOException {
    Path out = directory.resolve("out");
    MergeReport report =
        recipe(method, parameters, base, "models/llama-base", PLAIN, EMBED)
            .withAdapter(AdapterRank.of(64))
            .writeTo(out, OUTPUT);
    String zeros = adapters.zeros().toString();
    Path one = adapters.applied(PLAIN, "one");
    Path two = adapters.applied(EMBED, "two");
    Path dense = directory.resolve("dense");
    MergeReport _ = recipe(method, parameters, base, zeros, one, two).writeTo(dense, OUTPUT);
    Map<String, double[]> found = adapters.added(out);
    try (Checkpoint expected = Safetensors.open(dense)) {
      assertThat(report.adapter()).hasSize(18 + 7);
      for (AdapterTensor tensor : report.adapter()) {
        double[] values = doubles(expected, tensor.name());
        assertThat(distance(found.get(tensor.name()), values))
            .as(tensor.name())
            .isLessThan(1e-5 * (1e-3 + length(values)));
      }
    }
  }

  private static Recipe recipe(
      String method, String parameters, String base, String apart, Path one, Path two) {
    String named =
        switch (base) {
          case "base" -> "base_model: " + apart;
          case "first" -> "base_model: " + one;
          default -> "";
        };
    return Recipe.parse(
        """
        merge_method: %s
        parameters: %s
        models: [{model: %s}, {model: %s}]
        %s
        """
            .formatted(method, parameters, one, two, named));
  }

  @Test
  void cuts_what_has_no_low_rank_to_the_greatest_of_the_inputs() {
    Path out = directory.resolve("out");
    MergeReport report =
        Merger.ties()
            .base("models/llama-base")
            .model(PLAIN)
            .weight(1)
            .density(0.3)
            .model(adapters.copy(PLAIN))
            .weight(0.5)
            .density(0.9)
            .writeTo(out, OUTPUT);
    assertThat(report.adapter())
        .allSatisfy(tensor -> {
          assertThat(tensor.how()).isEqualTo(How.LOW_RANK);
          assertThat(tensor.rank()).isEqualTo(4);
          assertThat(tensor.energy()).isBetween(0.3, 0.9999);
        });
    assertThat(report.toJson()).contains("\"energy\"");
  }
}
