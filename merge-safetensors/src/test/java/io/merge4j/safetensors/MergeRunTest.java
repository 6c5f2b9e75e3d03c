// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.common.collect.ImmutableMap;
import io.merge4j.Gradient;
import io.merge4j.MergeException;
import io.merge4j.MergePlan;
import io.merge4j.MergeReport;
import io.merge4j.Merger;
import io.merge4j.model.Model;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/// Merges of models on disk, from the fluent line to the files.
class MergeRunTest extends TwoModelsFixture {

  @Test
  void the_users_line_takes_paths_names_and_open_models() throws IOException {
    Path path = directory.resolve("paths");
    Gradient grad = Gradient.of(0, 0.5, 0.3, 0.7, 1);
    Merger.slerp(a, b).t(0.5).filter("self_attn", grad).writeTo(path);
    Merger.slerp(a.toString(), b.toString())
        .t(0.5)
        .filter("self_attn", 0, 0.5, 0.3, 0.7, 1)
        .writeTo(directory.resolve("names"));
    try (Model first = Model.open(a);
        Model second = Model.open(b)) {
      Merger.slerp(first, second)
          .t(0.5)
          .filter("self_attn", grad)
          .writeTo(directory.resolve("open"));
      assertThat(first.checkpoint().find(UP)).as("an open model stays open").isPresent();
    }
    byte[] expected = Files.readAllBytes(path.resolve("model.safetensors"));
    assertThat(directory.resolve("names/model.safetensors")).hasBinaryContent(expected);
    assertThat(directory.resolve("open/model.safetensors")).hasBinaryContent(expected);
    assertThat(path).isDirectoryContaining(file -> file.endsWith("README.md"));
    assertThat(path.resolve("mergekit_config.yml")).content().contains("merge_method: slerp");
  }

  @Test
  void slerp_at_the_ends_gives_the_inputs_bytes() throws IOException {
    Merger.slerp(a, b).t(0).writeTo(directory.resolve("zero"), QUICK);
    Merger.slerp(a, b).t(1).writeTo(directory.resolve("one"), QUICK);
    assertSameTensors(directory.resolve("zero"), a);
    assertSameTensors(directory.resolve("one"), b);
  }

  @Test
  void a_merge_of_a_model_with_itself_is_that_model() throws IOException {
    Merger.linear().model(a).weight(0.5).model(a).weight(0.5).writeTo(out, QUICK);
    assertSameTensors(out, a);
  }

  @Test
  void merges_what_is_there_if_missing_tensors_are_allowed() throws IOException {
    Path less = TinyModels.seeded(3).without("model.norm.weight").in(directory.resolve("less"));
    Merger.slerp(a, less).t(0.5).writeTo(out, QUICK.allowMissing(true));
    assertThat(TinyModels.values(out, "model.norm.weight"))
        .isEqualTo(TinyModels.values(a, "model.norm.weight"));
  }

  @Test
  void a_head_tied_to_the_embedding_stands_in_where_another_model_has_its_own() throws IOException {
    Path tied =
        TinyModels.seeded(3)
            .without("lm_head.weight")
            .config(
                "{\"model_type\": \"llama\", \"num_hidden_layers\": 2, \"tie_word_embeddings\": true}")
            .in(directory.resolve("tied"));
    Merger.linear().model(tied).weight(1).model(b).weight(1).writeTo(out, QUICK);
    float[] head = TinyModels.values(out, "lm_head.weight");
    float[] embedding = TinyModels.values(tied, "model.embed_tokens.weight");
    float[] other = TinyModels.values(b, "lm_head.weight");
    assertThat(head[5]).isEqualTo((float) (0.5 * embedding[5] + 0.5 * other[5]));
    assertThat(
            JsonMapper.shared()
                .readTree(out.resolve("config.json").toFile())
                .path("tie_word_embeddings")
                .booleanValue())
        .isFalse();
    Path both = directory.resolve("both");
    Merger.linear().model(tied).weight(1).model(tied).weight(1).writeTo(both, QUICK);
    try (Checkpoint merged = Safetensors.open(both)) {
      assertThat(merged.find("lm_head.weight")).isEmpty();
    }
  }

  @Test
  void not_a_number_stays_where_it_is_and_is_reported() throws IOException {
    Path ill = TinyModels.seeded(3).poke(UP, 7, Float.NaN).in(directory.resolve("ill"));
    MergeReport report =
        Merger.linear().model(a).weight(1).model(ill).weight(1).writeTo(out, QUICK);
    float[] merged = TinyModels.values(out, UP);
    for (int i = 0; i < merged.length; i++) {
      assertThat(Float.isNaN(merged[i])).isEqualTo(i == 7);
    }
    assertThat(report.findings()).containsOnlyKeys(UP);
    assertThat(report.findings().get(UP).getFirst()).contains("1 of 256").contains("ill");
    assertThat(JsonMapper.shared().readTree(report.toJson()).path("findings").path(UP).size())
        .isEqualTo(1);
    MergeException strict =
        catchThrowableOfType(
            MergeException.class,
            () ->
                Merger.linear()
                    .model(a)
                    .weight(1)
                    .model(ill)
                    .weight(1)
                    .writeTo(directory.resolve("strict"), QUICK.strict(true).resume(false)));
    assertThat(strict).hasMessageContaining(UP);
    assertThat(directory.resolve("strict")).doesNotExist();
    assertThat(directory).isDirectoryNotContaining("glob:**merge4j*");
  }

  @Test
  void float16_overflow_is_counted() {
    Path large = TinyModels.seeded(3).poke(UP, 7, 1e6f).in(directory.resolve("large"));
    MergeReport report = Merger.slerp(large, large).t(0.5).writeTo(out, QUICK.dtype(DType.F16));
    assertThat(report.findings().get(UP).getFirst()).contains("1 of 256").contains("float16");
  }

  @Test
  void integers_are_copied_from_the_base() throws IOException {
    TensorSpec spec = new TensorSpec("steps", DType.I64, Shape.of(2));
    byte[] bytes = new byte[16];
    bytes[3] = 42;
    Path one =
        TinyModels.seeded(1)
            .with(Tensor.of(spec, MemorySegment.ofArray(bytes)))
            .in(directory.resolve("one"));
    Path two =
        TinyModels.seeded(2)
            .with(Tensor.of(spec, MemorySegment.ofArray(new byte[16])))
            .in(directory.resolve("two"));
    Merger.slerp(one, two).t(0.5).writeTo(out, QUICK.dtype(DType.BF16));
    try (Checkpoint merged = Safetensors.open(out)) {
      Tensor steps = merged.find("steps").orElseThrow();
      assertThat(steps.spec()).isEqualTo(spec);
      byte[] copied = new byte[16];
      steps.copy(0, MemorySegment.ofArray(copied));
      assertThat(copied).isEqualTo(bytes);
    }
  }

  @Test
  void vocabularies_of_different_size_are_cut_to_the_common_rows_with_a_remark()
      throws IOException {
    Path longer =
        TinyModels.seeded(3)
            .with(Tensor.of("model.embed_tokens.weight", Shape.of(20, 8), new float[160]))
            .with(Tensor.of("lm_head.weight", Shape.of(20, 8), new float[160]))
            .in(directory.resolve("longer"));
    MergePlan plan = Merger.linear().model(longer).weight(1).model(a).weight(1).plan();
    assertThat(plan.remarks())
        .anySatisfy(r -> assertThat(r).contains("model.embed_tokens.weight").contains("16"));
    Merger.linear().model(longer).weight(1).model(a).weight(1).writeTo(out, QUICK);
    assertThat(TinyModels.values(out, "lm_head.weight")).hasSize(16 * 8);
    assertThat(
            JsonMapper.shared()
                .readTree(out.resolve("config.json").toFile())
                .path("vocab_size")
                .intValue())
        .isEqualTo(16);
  }

  @Test
  void a_stack_of_overlapping_layers_loads_with_its_own_depth() throws IOException {
    Merger.stack()
        .layers(a, 0, 2)
        .layers(b, 0, 1)
        .layers(b, 0, 2)
        .scale(0.5)
        .filter("mlp", 2)
        .writeTo(out, QUICK);
    assertThat(TinyModels.values(out, "model.layers.2.mlp.up_proj.weight"))
        .isEqualTo(TinyModels.values(b, "model.layers.0.mlp.up_proj.weight"));
    float scaled = TinyModels.values(out, "model.layers.4.self_attn.q_proj.weight")[3];
    assertThat(scaled)
        .isEqualTo(0.5f * TinyModels.values(b, "model.layers.1.self_attn.q_proj.weight")[3]);
    assertThat(
            JsonMapper.shared()
                .readTree(out.resolve("config.json").toFile())
                .path("num_hidden_layers")
                .intValue())
        .isEqualTo(5);
  }

  @Test
  void values_listed_by_position_are_the_models_weights() throws IOException {
    String yaml =
        """
        models: [{model: %s, type: original}, {model: %s, type: original}]
        merge_method: linear
        base_model: %s
        parameters: {weights: [0.25, 0.75]}
        """
            .formatted(a, b, a);
    io.merge4j.Recipe.parse(yaml).writeTo(out, QUICK);
    Merger.linear()
        .model(a)
        .weight(0.25)
        .model(b)
        .weight(0.75)
        .writeTo(directory.resolve("fluent"), QUICK);
    assertSameTensors(out, directory.resolve("fluent"));
  }

  private static void assertSameTensors(Path one, Path two) throws IOException {
    try (Checkpoint x = Safetensors.open(one);
        Checkpoint y = Safetensors.open(two)) {
      assertThat(x.specs()).containsExactlyInAnyOrderElementsOf(y.specs());
      assertThat(bytes(x)).isEqualTo(bytes(y));
    }
  }

  private static ImmutableMap<String, List<Byte>> bytes(Checkpoint checkpoint) {
    ImmutableMap.Builder<String, List<Byte>> bytes = ImmutableMap.builder();
    checkpoint.specs().stream()
        .sorted(Comparator.comparing(TensorSpec::name))
        .forEach(spec -> {
          ByteBuffer buffer = ByteBuffer.allocate((int) spec.bytes());
          checkpoint.find(spec.name()).orElseThrow().copy(0, MemorySegment.ofBuffer(buffer));
          bytes.put(spec.name(), com.google.common.primitives.Bytes.asList(buffer.array()));
        });
    return bytes.buildOrThrow();
  }
}
