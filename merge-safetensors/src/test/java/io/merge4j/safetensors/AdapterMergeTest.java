// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static io.merge4j.safetensors.Vectors.accumulate;
import static io.merge4j.safetensors.Vectors.distance;
import static io.merge4j.safetensors.Vectors.doubles;
import static io.merge4j.safetensors.Vectors.length;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.merge4j.AdapterRank;
import io.merge4j.Merge;
import io.merge4j.MergeReport;
import io.merge4j.Merger;
import io.merge4j.Output;
import io.merge4j.lora.AdapterTensor;
import io.merge4j.model.Model;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.SingularValueDecomposition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Adapters merged into one, against what they add to a base of zeros.
class AdapterMergeTest {

  private static final Path MODELS = Path.of("src/test/resources/golden/models");
  private static final Path ADAPTERS = Path.of("src/test/resources/adapters");
  private static final Path PLAIN = MODELS.resolve("lora-plain");
  private static final Path RS = MODELS.resolve("lora-rs");
  private static final Path EMBED = MODELS.resolve("lora-embed");
  private static final Path PATTERN = MODELS.resolve("lora-pattern");
  private static final Output OUTPUT = Output.DEFAULT.sync(false);

  @TempDir private Path directory;

  private AppliedAdapters adapters;

  @BeforeEach
  void open() {
    adapters = new AppliedAdapters(directory);
  }

  @Test
  void puts_factors_side_by_side() throws IOException {
    Path a = adapter("a", 1, 2, new float[][] {{1, 2}}, new float[][] {{1}, {0}, {3}});
    Path b = adapter("b", 1, 1, new float[][] {{0, 1}}, new float[][] {{4}, {1}, {1}});
    Path out = directory.resolve("out");
    MergeReport report =
        Merger.taskArithmetic()
            .base("org/base")
            .model(a)
            .weight(0.5)
            .model(b)
            .weight(-1)
            .writeTo(out, OUTPUT);
    try (Checkpoint merged = Safetensors.open(out)) {
      assertThat(doubles(merged, "base_model.model.layer.lora_A.weight"))
          .containsExactly(1, 2, 0, 1);
      assertThat(doubles(merged, "base_model.model.layer.lora_B.weight"))
          .containsExactly(1, -4, 0, -1, 3, -1);
    }
    assertThat(report.adapter())
        .singleElement()
        .satisfies(layer -> {
          assertThat(layer.rank()).isEqualTo(2);
          assertThat(layer.residual()).isZero();
          // [[1, -2], [0, -1], [3, 5]]
          assertThat(layer.change()).isCloseTo(Math.sqrt(1 + 4 + 1 + 9 + 25), within(1e-12));
        });
    assertThat(out.resolve("adapter_config.json"))
        .content()
        .contains("\"r\" : 2", "\"lora_alpha\" : 2", "\"base_model_name_or_path\" : \"org/base\"");
    assertThat(out.resolve("mergekit_config.yml")).content().contains("task_arithmetic");
    assertThat(out.resolve("README.md"))
        .content()
        .contains("library_name: peft", "base_model_relation: adapter", "# Merged adapter");
    assertThat(out).isDirectoryNotContaining("glob:**/factors");
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2-fan-in", "llama-lora-bias", "llama-tied-embedding"})
  void is_laid_out_as_planned(String kind) {
    Path adapter = ADAPTERS.resolve(kind);
    Merge merge =
        Merger.linear().model(adapter).weight(0.5).model(adapters.copy(adapter)).weight(0.5);
    MergeReport report = merge.writeTo(directory.resolve("out"), OUTPUT);
    assertThat(report.plan().layout()).isEqualTo(merge.plan().layout());
  }

  @ParameterizedTest
  @CsvSource({"F32, 1e-6", "BF16, 1e-2"})
  void is_the_weighted_sum_of_what_adapters_add(DType dtype, double rounding) {
    Path out = directory.resolve("out");
    MergeReport report =
        Merger.taskArithmetic()
            .base("models/llama-base")
            .model(PLAIN)
            .weight(0.7)
            .model(RS)
            .weight(0.4)
            .model(EMBED)
            .weight(-0.3)
            .writeTo(out, OUTPUT.dtype(dtype));
    Map<String, double[]> expected = new TreeMap<>();
    adapters.added(PLAIN).forEach((name, values) -> add(expected, name, values, 0.7));
    adapters.added(RS).forEach((name, values) -> add(expected, name, values, 0.4));
    adapters.added(EMBED).forEach((name, values) -> add(expected, name, values, -0.3));
    Map<String, double[]> found = adapters.added(out);
    for (AdapterTensor tensor : report.adapter()) {
      double[] sum = expected.get(tensor.name());
      double left = distance(found.get(tensor.name()), sum);
      assertThat(left).as(tensor.name()).isLessThan(rounding * tensor.change());
      assertThat(tensor.change()).isCloseTo(length(sum), within(1e-5 * length(sum)));
      assertThat(tensor.residual()).isCloseTo(left, within(1e-6 * tensor.change()));
    }
    assertThat(report.adapter()).hasSize(18 + 18 + 7);
  }

  @Test
  void truncates_to_the_best_approximation_of_the_sum() {
    Path out = directory.resolve("out");
    MergeReport report =
        Merger.taskArithmetic()
            .base(MODELS.resolve("llama-base"))
            .model(PLAIN)
            .weight(0.5)
            .model(PATTERN)
            .weight(0.8)
            .adapter(AdapterRank.of(3))
            .writeTo(out, OUTPUT);
    String name = "model.layers.0.self_attn.q_proj.weight";
    double[] sum = new double[32 * 32];
    accumulate(sum, adapters.added(PLAIN).get(name), 0.5);
    accumulate(sum, adapters.added(PATTERN).get(name), 0.8);
    double[][] rows = new double[32][];
    for (int i = 0; i < 32; i++) {
      rows[i] = Arrays.copyOfRange(sum, 32 * i, 32 * i + 32);
    }
    double[] values =
        new SingularValueDecomposition(new Array2DRowRealMatrix(rows)).getSingularValues();
    double best = 0;
    for (int k = 3; k < 32; k++) {
      best += values[k] * values[k];
    }
    double left = distance(adapters.added(out).get(name), sum);
    assertThat(left).isCloseTo(Math.sqrt(best), within(1e-6));
    AdapterTensor tensor = find(report, name);
    assertThat(tensor.rank()).isEqualTo(3);
    assertThat(tensor.residual()).isCloseTo(left, within(1e-6));
    assertThat(tensor.energy()).isCloseTo(1 - best / (length(sum) * length(sum)), within(1e-6));
  }

  @Test
  void keeps_the_rank_that_there_is() {
    Path out = directory.resolve("out");
    MergeReport report =
        Merger.linear()
            .model(PLAIN)
            .weight(1)
            .model(adapters.copy(PLAIN))
            .weight(3)
            .adapter(AdapterRank.keeping(1))
            .writeTo(out, OUTPUT);
    assertThat(report.adapter())
        .allSatisfy(tensor -> {
          assertThat(tensor.rank()).isEqualTo(4);
          assertThat(tensor.residual()).isLessThan(1e-6 * tensor.change());
        });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gpt2-fan-in",
        "gpt2-bias",
        "llama-lora-bias",
        "llama-tied-embedding",
        "llama-tied-head",
        "llama-saved-head",
        "llama-rs-patterns"
      })
  void gives_an_adapter_of_every_kind_back(String kind) {
    Path adapter = ADAPTERS.resolve(kind);
    Path base = ADAPTERS.resolve(kind.substring(0, kind.indexOf('-')));
    Path out = directory.resolve("out");
    MergeReport _ =
        Merger.linear()
            .model(adapter)
            .weight(0.4)
            .model(adapters.copy(adapter))
            .weight(0.6)
            .writeTo(out, OUTPUT);
    try (Model model = Model.open(base);
        Model expected = model.withAdapter(adapter);
        Model found = model.withAdapter(out)) {
      for (TensorSpec spec : expected.checkpoint().specs()) {
        double[] values = doubles(expected.checkpoint(), spec.name());
        assertThat(distance(doubles(found.checkpoint(), spec.name()), values))
            .as(spec.name())
            .isLessThan(1e-6 * (1 + length(values)));
      }
      assertThat(found.checkpoint().specs()).hasSameSizeAs(expected.checkpoint().specs());
    }
  }

  @Test
  void takes_the_bases_own_tensor_where_an_adapter_replaces_none() {
    Path out = directory.resolve("out");
    String base = MODELS.resolve("llama-base").toString();
    MergeReport _ =
        Merger.taskArithmetic()
            .base(base)
            .model(PLAIN)
            .weight(0.5)
            .model(PATTERN)
            .weight(0.25)
            .writeTo(out, OUTPUT);
    try (Model model = Model.open(base);
        Model tuned = model.withAdapter(PATTERN);
        Model merged = model.withAdapter(out)) {
      double[] before = doubles(model.checkpoint(), "lm_head.weight");
      double[] after = doubles(tuned.checkpoint(), "lm_head.weight");
      double[] expected = new double[before.length];
      accumulate(expected, before, 0.75);
      accumulate(expected, after, 0.25);
      assertThat(distance(doubles(merged.checkpoint(), "lm_head.weight"), expected))
          .isLessThan(1e-5);
    }
  }

  @Test
  void gives_the_same_bytes_for_any_threads() {
    Merge merge =
        Merger.ties()
            .base("models/llama-base")
            .model(PLAIN)
            .weight(1)
            .density(0.3)
            .model(RS)
            .weight(0.5)
            .density(0.9)
            .adapter(AdapterRank.of(5));
    MergeReport _ = merge.writeTo(directory.resolve("1"), OUTPUT.threads(1));
    MergeReport _ = merge.writeTo(directory.resolve("3"), OUTPUT.threads(3));
    for (String file : List.of("adapter_config.json", "adapter_model.safetensors", "README.md")) {
      assertThat(directory.resolve("1").resolve(file))
          .hasSameBinaryContentAs(directory.resolve("3").resolve(file));
    }
  }

  private Path adapter(String name, int rank, int alpha, float[][] a, float[][] b)
      throws IOException {
    Path adapter = Files.createDirectory(directory.resolve(name));
    Files.writeString(
        adapter.resolve("adapter_config.json"),
        "{\"peft_type\": \"LORA\", \"r\": %d, \"lora_alpha\": %d, \"base_model_name_or_path\": \"org/base\", \"target_modules\": [\"layer\"]}"
            .formatted(rank, alpha));
    Safetensors.write(
        adapter.resolve("adapter_model.safetensors"),
        List.of(
            matrix("base_model.model.layer.lora_A.weight", a),
            matrix("base_model.model.layer.lora_B.weight", b)));
    return adapter;
  }

  private static Tensor matrix(String name, float[][] rows) {
    float[] all = new float[rows.length * rows[0].length];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, all, i * rows[0].length, rows[0].length);
    }
    return Tensor.of(name, Shape.of(rows.length, rows[0].length), all);
  }

  private static AdapterTensor find(MergeReport report, String name) {
    return report.adapter().stream().filter(t -> t.name().equals(name)).findFirst().orElseThrow();
  }

  private static void add(Map<String, double[]> sums, String name, double[] values, double weight) {
    accumulate(sums.computeIfAbsent(name, n -> new double[values.length]), values, weight);
  }
}
