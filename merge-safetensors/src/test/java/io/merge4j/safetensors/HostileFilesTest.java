// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.CardMetadata;
import io.merge4j.MergeException;
import io.merge4j.MergePlan;
import io.merge4j.Output;
import io.merge4j.Recipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/// Files of models, adapters and recipes, damaged on purpose: each is either refused with a reason
/// or planned. Each run takes another seed and reports it.
class HostileFilesTest {

  private static final Path MODELS = GoldenMergesTest.GOLDEN.resolve("models");

  private static final String UNION =
      """
      models:
        - {model: tok-base, parameters: &id001 {weight: 0.5}}
        - {model: tok-tools, parameters: *id001}
      merge_method: linear
      base_model: tok-base
      tokenizer_source: union
      chat_template: auto
      """;

  private static final String ADAPTED =
      """
      models:
        - {model: llama-base+lora-plain, parameters: {weight: 0.5}}
        - {model: llama-base, parameters: {weight: [0, 0.5, 1], density: 0.5}}
      merge_method: ties
      base_model: llama-base
      parameters: {normalize: true, lambda: [{filter: mlp, value: 0.5}, {value: 1}]}
      dtype: bfloat16
      """;

  private static final String STACKED =
      """
      slices:
        - sources: [{model: llama-base, layer_range: [0, 1]}]
        - sources: [{model: llama-base, layer_range: [0, 2], parameters: {scale: 0.5}}]
      merge_method: passthrough
      dtype: float16
      """;

  private static final String CARD =
      """
      ---
      base_model: [a/b, "c/d"]
      license: apache-2.0
      tags: [merge, {x: 1}]
      ---
      # Title
      """;

  private static Path directory = Path.of("");

  @BeforeContainer
  static void copyModels() throws IOException {
    directory = Files.createTempDirectory("merge4j-hostile");
    for (String model : List.of("tok-base", "tok-tools", "llama-base", "lora-plain")) {
      Files.createDirectories(directory.resolve(model));
      try (var files = Files.list(MODELS.resolve(model))) {
        for (Path file : files.toList()) {
          Files.copy(file, directory.resolve(model).resolve(file.getFileName()));
        }
      }
    }
    Files.writeString(
        directory.resolve("tok-base/special_tokens_map.json"), "{\"bos_token\": \"<s>\"}");
    Files.writeString(
        directory.resolve("llama-base/generation_config.json"), "{\"eos_token_id\": [1, 2]}");
    Files.writeString(directory.resolve("llama-base/README.md"), CARD);
  }

  @AfterContainer
  static void delete() throws IOException {
    Directories.delete(directory);
  }

  @Provide
  Arbitrary<String> files() {
    return Arbitraries.of(
        "tok-base/config.json",
        "tok-base/tokenizer.json",
        "tok-base/tokenizer_config.json",
        "tok-base/special_tokens_map.json",
        "tok-base/model.safetensors",
        "tok-tools/tokenizer.json",
        "tok-tools/tokenizer_config.json",
        "llama-base/config.json",
        "llama-base/generation_config.json",
        "llama-base/model.safetensors",
        "llama-base/README.md",
        "lora-plain/adapter_config.json",
        "lora-plain/adapter_model.safetensors");
  }

  @Property
  void damaged_models_are_refused_or_planned(@ForAll("files") String file, @ForAll Random random)
      throws IOException {
    Path path = directory.resolve(file);
    byte[] whole = Files.readAllBytes(path);
    try {
      Files.write(path, Damage.of(whole, random));
      String recipe = file.startsWith("tok") ? UNION : random.nextBoolean() ? ADAPTED : STACKED;
      refusedOrPlanned(recipe.getBytes(UTF_8));
    } finally {
      Files.write(path, whole);
    }
  }

  @Property
  void damaged_recipes_are_refused_or_planned(@ForAll Random random) throws IOException {
    String recipe = List.of(UNION, ADAPTED, STACKED).get(random.nextInt(3));
    refusedOrPlanned(Damage.of(recipe.getBytes(UTF_8), random));
  }

  @Property
  void damaged_cards_are_read_as_far_as_they_go(@ForAll Random random) {
    byte[] card = CARD.getBytes(UTF_8);
    assertThat(CardMetadata.parse(new String(Damage.of(card, random), UTF_8))).isNotNull();
  }

  private static void refusedOrPlanned(byte[] recipe) throws IOException {
    Path file = Files.write(directory.resolve("recipe.yml"), recipe);
    try {
      MergePlan plan = Recipe.read(file).plan(Output.DEFAULT);
      assertThat(plan.toString()).isNotEmpty();
    } catch (MergeException refusal) {
      assertThat(refusal.getMessage()).isNotBlank().hasSizeLessThan(20_000);
    }
  }
}
