// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.merge4j.AdapterRank;
import io.merge4j.Merge;
import io.merge4j.MergeReport;
import io.merge4j.Merger;
import io.merge4j.Output;
import io.merge4j.Recipe;
import io.merge4j.RecipeException;
import io.merge4j.lora.AdapterTensor;
import io.merge4j.lora.AdapterTensor.How;
import io.merge4j.model.Model;
import io.merge4j.model.ModelConfig;
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
import java.util.Optional;
import java.util.TreeMap;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.SingularValueDecomposition;
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
      assertThat(values(merged, "base_model.model.layer.lora_A.weight"))
          .containsExactly(1, 2, 0, 1);
      assertThat(values(merged, "base_model.model.layer.lora_B.weight"))
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
    added(PLAIN).forEach((name, values) -> add(expected, name, values, 0.7));
    added(RS).forEach((name, values) -> add(expected, name, values, 0.4));
    added(EMBED).forEach((name, values) -> add(expected, name, values, -0.3));
    Map<String, double[]> found = added(out);
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
    accumulate(sum, added(PLAIN).get(name), 0.5);
    accumulate(sum, added(PATTERN).get(name), 0.8);
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
    double left = distance(added(out).get(name), sum);
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
            .model(copy(PLAIN))
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
            .model(copy(adapter))
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

  @ParameterizedTest
  @ValueSource(strings = {"ties", "dare_ties", "della", "breadcrumbs", "slerp", "karcher", "pcb"})
  void works_on_changes_as_methods_do_on_models(String method) throws IOException {
    boolean based = !List.of("slerp", "karcher").contains(method);
    String yaml =
        "merge_method: "
            + method
            + "\n%s\nmodels:\n"
            + "  - model: %s\n"
            + (based ? "    parameters: {weight: 0.6, density: 0.5}\n" : "")
            + "  - model: %s\n"
            + (based ? "    parameters: {weight: 0.7, density: 0.5}\n" : "")
            + (method.equals("slerp") ? "parameters: {t: 0.3}\n" : "");
    if (method.equals("pcb")) {
      yaml = yaml.replaceAll("    parameters: .*\n", "");
    }
    if (method.equals("breadcrumbs") || method.equals("della")) {
      yaml =
          yaml.replace(
              "density: 0.5",
              method.equals("della") ? "density: 0.5, epsilon: 0.1" : "density: 0.5");
    }
    Path out = directory.resolve("out");
    String base =
        method.equals("slerp")
            ? "base_model: " + PLAIN
            : based ? "base_model: models/llama-base" : "";
    MergeReport report =
        Recipe.parse(yaml.formatted(base, PLAIN, EMBED))
            .withAdapter(AdapterRank.of(64))
            .writeTo(out, OUTPUT);
    String zeros = zeros().toString();
    Path one = applied(PLAIN, "one");
    Path two = applied(EMBED, "two");
    base = method.equals("slerp") ? "base_model: " + one : based ? "base_model: " + zeros : "";
    Path dense = directory.resolve("dense");
    MergeReport _ = Recipe.parse(yaml.formatted(base, one, two)).writeTo(dense, OUTPUT);
    Map<String, double[]> found = added(out);
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

  @Test
  void cuts_what_has_no_low_rank_to_the_greatest_of_the_inputs() {
    Path out = directory.resolve("out");
    MergeReport report =
        Merger.ties()
            .base("models/llama-base")
            .model(PLAIN)
            .weight(1)
            .density(0.3)
            .model(copy(PLAIN))
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

  @Test
  void refuses_what_is_not_linear() {
    refused(MODELS.resolve("lora-dora"), PLAIN, "lora-dora: use_dora");
    refused(
        ADAPTERS.resolve("llama-tokens"),
        ADAPTERS.resolve("llama-lora-bias"),
        "embed_tokens: trainable_token_indices replaces rows");
  }

  @Test
  void refuses_adapters_of_different_bases() {
    refused(
        PLAIN,
        ADAPTERS.resolve("llama-lora-bias"),
        "belong to different bases, models/llama-base and");
  }

  @Test
  void refuses_adapters_beside_models() {
    refused(PLAIN, MODELS.resolve("llama-a"), "is an adapter and others are not");
    assertThatThrownBy(() ->
            Merger.linear()
                .model(MODELS.resolve("llama-a"))
                .weight(1)
                .model(MODELS.resolve("llama-b"))
                .weight(1)
                .adapter(AdapterRank.of(4))
                .plan())
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("its models are no adapters");
  }

  @Test
  void refuses_a_tensor_that_only_some_replace_unless_the_base_is_named() {
    refused(PLAIN, PATTERN, "lacks a tensor that others bring in full; name base_model");
  }

  @Test
  void refuses_a_file_as_output() {
    assertThatThrownBy(() ->
            Merger.linear()
                .model(PLAIN)
                .weight(1)
                .model(RS)
                .weight(1)
                .writeTo(directory.resolve("x.safetensors"), OUTPUT))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("expected a directory for an adapter");
  }

  private static void refused(Path a, Path b, String reason) {
    assertThatThrownBy(() -> Merger.linear().model(a).weight(1).model(b).weight(1).plan())
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining(reason);
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

  /// The same adapter in another place.
  private Path copy(Path adapter) {
    try {
      Path copy = Files.createDirectory(directory.resolve("copy"));
      for (String file : List.of("adapter_config.json", "adapter_model.safetensors")) {
        Files.copy(adapter.resolve(file), copy.resolve(file));
      }
      return copy;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /// What an adapter adds to each tensor of the golden base, as applied to zeros.
  private Map<String, double[]> added(Path adapter) {
    try (Model base = Model.open(MODELS.resolve("llama-base"))) {
      Model zero =
          Model.of(
              "zero",
              Checkpoint.of(
                  "zero", base.checkpoint().specs().stream().map(AdapterMergeTest::zero).toList()),
              ModelConfig.EMPTY,
              Optional.empty());
      try (Model adapted = zero.withAdapter(stripped(adapter))) {
        Map<String, double[]> added = new TreeMap<>();
        adapted
            .checkpoint()
            .specs()
            .forEach(spec -> added.put(spec.name(), doubles(adapted.checkpoint(), spec.name())));
        return added;
      }
    }
  }

  /// The same adapter without the copies of the base that PEFT keeps.
  private Path stripped(Path adapter) {
    try (Checkpoint whole = Safetensors.open(adapter)) {
      Path stripped = Files.createTempDirectory(directory, "stripped");
      Files.copy(adapter.resolve("adapter_config.json"), stripped.resolve("adapter_config.json"));
      Safetensors.write(
          stripped.resolve("adapter_model.safetensors"),
          whole.specs().stream()
              .filter(spec -> !spec.name().endsWith(".base_layer.weight"))
              .map(spec -> whole.find(spec.name()).orElseThrow())
              .toList());
      return stripped;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static Tensor zero(TensorSpec spec) {
    return Tensor.of(spec.name(), spec.shape(), new float[(int) spec.elements()]);
  }

  private Path zeros() {
    try (Model base = Model.open(MODELS.resolve("llama-base"))) {
      Path file = Files.createDirectory(directory.resolve("zeros")).resolve("model.safetensors");
      Safetensors.write(
          file, base.checkpoint().specs().stream().map(AdapterMergeTest::zero).toList());
      return directory.resolve("zeros");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /// A checkpoint of what an adapter adds.
  private Path applied(Path adapter, String name) {
    try (Model base = Model.open(directory.resolve("zeros"));
        Model adapted = base.withAdapter(stripped(adapter))) {
      Path file = Files.createDirectory(directory.resolve(name)).resolve("model.safetensors");
      Safetensors.write(
          file,
          adapted.checkpoint().specs().stream()
              .map(spec -> adapted.checkpoint().find(spec.name()).orElseThrow())
              .toList());
      return directory.resolve(name);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static AdapterTensor find(MergeReport report, String name) {
    return report.adapter().stream().filter(t -> t.name().equals(name)).findFirst().orElseThrow();
  }

  private static void add(Map<String, double[]> sums, String name, double[] values, double weight) {
    accumulate(sums.computeIfAbsent(name, n -> new double[values.length]), values, weight);
  }

  private static void accumulate(double[] sum, double[] values, double weight) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += weight * values[i];
    }
  }

  private static float[] values(Checkpoint checkpoint, String name) {
    Tensor tensor = checkpoint.find(name).orElseThrow();
    float[] values = new float[(int) tensor.spec().elements()];
    tensor.read(0, values.length, values, 0);
    return values;
  }

  private static double[] doubles(Checkpoint checkpoint, String name) {
    float[] values = values(checkpoint, name);
    double[] doubles = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }

  private static double length(double[] values) {
    return distance(values, new double[values.length]);
  }

  private static double distance(double[] x, double[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += (x[i] - y[i]) * (x[i] - y[i]);
    }
    return Math.sqrt(sum);
  }
}
