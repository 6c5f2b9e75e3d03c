// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import io.merge4j.Merge;
import io.merge4j.MergeException;
import io.merge4j.Merger;
import io.merge4j.Output;
import io.merge4j.Recipe;
import io.merge4j.RecipeException;
import io.merge4j.Verification;
import io.merge4j.WeightFilter;
import io.merge4j.model.Model;
import io.merge4j.model.ModelConfig;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.ComputedTensor;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What is found out before a weight is read: problems, and how much memory the work takes.
class MergePlanTest extends TwoModelsFixture {

  @Test
  void lists_everything_that_is_wrong_and_writes_nothing() {
    Path odd =
        TinyModels.seeded(3)
            .without("model.norm.weight")
            .with(Tensor.of(UP, Shape.of(2, 3), 1, 2, 3, 4, 5, 6))
            .in(directory.resolve("odd"));
    var refused =
        catchThrowableOfType(
            RecipeException.class, () -> Merger.slerp(a, odd).t(0.5).writeTo(out, QUICK));
    assertThat(refused.problems())
        .anySatisfy(p -> assertThat(p).contains(UP).contains("[32, 8]").contains("[2, 3]"))
        .anySatisfy(p -> assertThat(p).contains("lacks").contains("model.norm.weight"));
    assertThat(out).doesNotExist();
  }

  @Test
  void names_parameters_out_of_range_along_with_missing_models() {
    Merge merge = Merger.slerp(a.toString(), "nowhere/at/all").t(1.5).filter("mlp", 0, -1, 1);
    var refused = catchThrowableOfType(RecipeException.class, merge::plan);
    assertThat(refused.problems())
        .hasSize(3)
        .anySatisfy(p -> assertThat(p).contains("t is 1.5, expected 0 to 1 (parameters)"))
        .anySatisfy(p -> assertThat(p).contains("t is -1, expected 0 to 1", "filter mlp"))
        .anySatisfy(p -> assertThat(p).contains("nowhere/at/all"));
  }

  @Test
  void says_once_that_tensors_have_other_shapes() {
    TinyModels large = TinyModels.seeded(3);
    for (int layer = 0; layer < 2; layer++) {
      for (String name : new String[] {"q", "v"}) {
        large.with(
            Tensor.of(
                "model.layers.%d.self_attn.%s_proj.weight".formatted(layer, name),
                Shape.of(16, 16),
                new float[256]));
      }
    }
    Path b = large.in(directory.resolve("large"));
    var refused =
        catchThrowableOfType(RecipeException.class, () -> Merger.slerp(a, b).t(0.5).plan());
    assertThat(refused.problems())
        .singleElement(STRING)
        .contains("[8, 8] in " + a, "[16, 16] in " + b, "self_attn.q_proj.weight and 3 more");
  }

  @Test
  void damaged_and_missing_models_are_reported_together() throws IOException {
    try (RandomAccessFile file =
        new RandomAccessFile(b.resolve("model.safetensors").toFile(), "rw")) {
      file.setLength(file.length() - 1);
    }
    var refused =
        catchThrowableOfType(
            RecipeException.class,
            () -> Merger.slerp(directory.resolve("nowhere"), b).t(0.5).writeTo(out));
    assertThat(refused.problems()).hasSize(2);
    assertThat(refused.problems().get(0)).contains("nowhere");
    assertThat(refused.problems().get(1)).contains("model.safetensors");
  }

  @Test
  void a_merge_runs_with_as_many_threads_as_memory_allows() {
    Output tight = QUICK.threads(64).maxMemory(75_000_000);
    assertThat(Merger.slerp(a, b).t(0.5).plan(tight).remarks())
        .anySatisfy(remark -> assertThat(remark).contains("7 threads instead of 64"));
    assertThat(Merger.slerp(a, b).t(0.5).writeTo(out, tight).threads()).isEqualTo(7);
    assertThat(
            catchThrowableOfType(
                RecipeException.class,
                () -> Merger.slerp(a, b).t(0.5).plan(QUICK.maxMemory(64_000_000))))
        .hasMessageContaining("one thread")
        .hasMessageContaining("64.0 MB");
  }

  @Test
  void what_a_method_holds_of_a_row_counts() {
    Tensor wide = Tensor.of("wide", Shape.of(1, 1 << 18), new float[1 << 18]);
    a = TinyModels.seeded(1).with(wide).in(directory.resolve("wide-a"));
    b = TinyModels.seeded(2).with(wide).in(directory.resolve("wide-b"));
    Output tight = QUICK.threads(64).maxMemory(100_000_000);
    int linear = threads(Merger.linear().model(a).weight(1).model(b).weight(1), tight);
    int della = threads(Merger.della().base(a).model(b).weight(1).density(0.5), tight);
    assertThat(linear).isGreaterThan(20);
    assertThat(della).isBetween(1, 3);
  }

  @Test
  void what_does_not_fit_the_heap_is_told_before_the_work() {
    long row = Runtime.getRuntime().maxMemory() / 40;
    Tensor wide =
        new ComputedTensor(
            new TensorSpec("wide", DType.F32, Shape.of(row)), (at, count, into, to) -> {}, 0);
    try (Model one = memory("one", wide);
        Model two = memory("two", wide)) {
      Merge merge = Merger.della().base(one).model(two).weight(1).density(0.5);
      Output output = QUICK.maxMemory(Long.MAX_VALUE / 2);
      var refused = catchThrowableOfType(RecipeException.class, () -> merge.plan(output));
      assertThat(refused).hasMessageContaining("of heap with one thread, the JVM has");
    }
  }

  private static Model memory(String name, Tensor tensor) {
    return Model.of(
        name, Checkpoint.of(name, List.of(tensor)), ModelConfig.EMPTY, Optional.empty());
  }

  @Test
  void layers_beyond_the_configuration_are_told() {
    Path deep =
        TinyModels.seeded(7)
            .with(Tensor.of("model.layers.2.input_layernorm.weight", Shape.of(8), new float[8]))
            .with(Tensor.of("model.layers.2.mlp.up_proj.weight", Shape.of(32, 8), new float[256]))
            .with(
                Tensor.of("model.layers.2.self_attn.q_proj.weight", Shape.of(8, 8), new float[64]))
            .with(
                Tensor.of("model.layers.2.self_attn.v_proj.weight", Shape.of(8, 8), new float[64]))
            .in(directory.resolve("deep"));
    Merge shallow = Merger.linear().model(a).weight(1).model(deep).weight(1);
    Merge deepest = Merger.linear().model(deep).weight(1).model(a).weight(1);
    Output output = QUICK.allowMissing(true);
    assertThat(shallow.plan(output).remarks())
        .anySatisfy(
            remark -> assertThat(remark).contains("has 3 layers model.layers.*", "is for 2"));
    assertThat(deepest.plan(output).remarks()).noneMatch(remark -> remark.contains("layers"));
  }

  @Test
  void two_models_of_one_name_are_not_taken_for_one() {
    try (Model one = memory("m", Tensor.of("w", Shape.of(1), 1));
        Model two = memory("m", Tensor.of("w", Shape.of(1), 3))) {
      Merge merge = Merger.linear().model(one).weight(1).model(two).weight(1);
      var refused = catchThrowableOfType(RecipeException.class, merge::plan);
      assertThat(refused).hasMessageContaining("Two models are called m");
    }
    try (Model one = Model.open(a);
        Model again = Model.open(a)) {
      Merge same = Merger.linear().model(one).weight(1).model(again).weight(1);
      assertThat(same.plan().weights()).isNotEmpty();
    }
  }

  @Test
  void a_path_is_no_repository() {
    Merge merge = Merger.slerp(Path.of("models/none"), b).t(0.5);
    var refused = catchThrowableOfType(RecipeException.class, merge::plan);
    assertThat(refused).hasMessageContaining("\"models/none\": no such directory or file");
    assertThat(refused).hasMessageNotContaining("repository");
  }

  @Test
  void a_list_of_weights_is_for_the_models_that_are_listed() {
    Path c = TinyModels.seeded(3).in(directory.resolve("c"));
    Recipe recipe =
        Recipe.parse(
            """
            merge_method: linear
            base_model: %s
            models: [{model: %s}, {model: %s}]
            parameters: {weights: [0.25, 0.75]}
            """
                .formatted(a, b, c));
    var refused = catchThrowableOfType(RecipeException.class, recipe::plan);
    assertThat(refused.problems())
        .singleElement(STRING)
        .contains("Missing required parameter weight of model " + a);
  }

  @Test
  void remarks_on_what_is_not_used_and_what_no_recipe_repeats() {
    Merge merge =
        Merger.slerp(a, b).t(0.5).filter(WeightFilter.layers(0, 1), 1).filter(any -> false, 0);
    assertThat(merge.plan().remarks())
        .anySatisfy(r -> assertThat(r).contains("layers 0 to 1", "cannot be said in YAML"))
        .anySatisfy(r -> assertThat(r).contains("a program's own", "decides for no tensor"));
    assertThat(merge.recipe().toYaml()).contains("a program's own").doesNotContain("Lambda");
    Recipe recipe =
        Recipe.parse(
            "{merge_method: ties, base_model: %s, models: [{model: %s, parameters: {weight: 1, lambda: 2}}]}"
                .formatted(a, b));
    assertThat(recipe.plan().remarks())
        .anySatisfy(r -> assertThat(r).contains("lambda is one for all models", b.toString()));
  }

  @Test
  void modules_are_named_by_whole_parts_of_names() throws IOException {
    List<Tensor> tensors = new ArrayList<>();
    for (String stack : List.of("encoder.layers.%d.", "decoder.layers.%d.encoder_attn.")) {
      for (int layer = 0; layer < 2; layer++) {
        for (String name : List.of("k", "q", "v", "o")) {
          String tensor = ("model." + stack + name + ".weight").formatted(layer);
          tensors.add(Tensor.of(tensor, Shape.of(2), 1, 2));
        }
      }
    }
    Path file = directory.resolve("m.safetensors");
    Safetensors.write(file, tensors);
    Recipe recipe =
        Recipe.parse(
            """
            merge_method: passthrough
            modules:
              encoder: {slices: [{sources: [{model: %s, layer_range: [0, 2]}]}]}
              decoder: {slices: [{sources: [{model: %s, layer_range: [0, 2]}]}]}
            """
                .formatted(file, file));
    assertThat(recipe.plan().weights()).hasSameSizeAs(tensors);
  }

  @Test
  void layers_whose_new_numbers_tell_another_kind_of_attention_are_remarked_upon() {
    Path gemma =
        TinyModels.seeded(4)
            .config("{\"model_type\": \"gemma2\", \"num_hidden_layers\": 2}")
            .in(directory.resolve("gemma"));
    String slice = "{sources: [{model: %s, layer_range: %s}]}";
    String recipe = "{merge_method: passthrough, slices: [%s, %s]}";
    String all = slice.formatted(gemma, "[0, 2]");
    assertThat(
            Recipe.parse(recipe.formatted(all, slice.formatted(gemma, "[1, 2]"))).plan().remarks())
        .anyMatch(remark -> remark.contains("config.json gets layer_types"));
    assertThat(Recipe.parse(recipe.formatted(all, all)).plan().remarks())
        .noneMatch(remark -> remark.contains("layer_types"));
  }

  @Test
  void an_output_below_a_file_is_refused() {
    Path below = a.resolve("config.json/x");
    var refused =
        catchThrowableOfType(
            RecipeException.class, () -> Merger.slerp(b, b).t(0.5).plan(below, QUICK));
    assertThat(refused).hasMessageContaining("config.json is no directory");
  }

  @Test
  void an_interrupt_is_no_fault_of_the_recipe() {
    Thread.currentThread().interrupt();
    var failure =
        catchThrowableOfType(
            MergeException.class, () -> Merger.slerp(a, b).t(0.5).writeTo(out.resolve("deep")));
    assertThat(Thread.interrupted()).isTrue();
    assertThat(failure).hasMessageContaining("interrupted");
    assertThat(out).doesNotExist();
    Thread.currentThread().interrupt();
    assertThat(catchThrowableOfType(MergeException.class, () -> Verification.of(a))).isNotNull();
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void threads_need_not_know_the_library() throws InterruptedException {
    for (ClassLoader loader : new ClassLoader[] {ClassLoader.getPlatformClassLoader(), null}) {
      Path target = directory.resolve("by-" + (loader == null ? "none" : "platform"));
      Thread thread = new Thread(() -> Merger.slerp(a, b).t(0.5).writeTo(target, QUICK));
      thread.setContextClassLoader(loader);
      thread.start();
      thread.join();
      assertThat(target.resolve("model.safetensors")).exists();
    }
  }

  private int threads(Merge merge, Output output) {
    return merge.writeTo(out, output.overwrite(true)).threads();
  }
}
