// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.merge4j.AdapterRank;
import io.merge4j.Merger;
import io.merge4j.Output;
import io.merge4j.RecipeException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Adapters that do not merge into one.
class RefusedAdapterMergeTest {

  private static final Path MODELS = Path.of("src/test/resources/golden/models");
  private static final Path ADAPTERS = Path.of("src/test/resources/adapters");
  private static final Path PLAIN = MODELS.resolve("lora-plain");

  @TempDir private Path directory;

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
  void says_nothing_of_kinds_where_one_is_missing() {
    Path missing = directory.resolve("missing");

    assertThatThrownBy(() -> Merger.linear().model(PLAIN).weight(1).model(missing).weight(1).plan())
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining(missing.toString())
        .hasMessageNotContaining("is an adapter");
  }

  @Test
  void refuses_a_tensor_that_only_some_replace_unless_the_base_is_named() {
    refused(
        PLAIN,
        MODELS.resolve("lora-pattern"),
        "lacks a tensor that others bring in full; name base_model");
  }

  @Test
  void refuses_a_file_as_output() {
    assertThatThrownBy(() ->
            Merger.linear()
                .model(PLAIN)
                .weight(1)
                .model(MODELS.resolve("lora-rs"))
                .weight(1)
                .writeTo(directory.resolve("x.safetensors"), Output.DEFAULT))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("expected a directory for an adapter");
  }

  private static void refused(Path a, Path b, String reason) {
    assertThatThrownBy(() -> Merger.linear().model(a).weight(1).model(b).weight(1).plan())
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining(reason);
  }
}
