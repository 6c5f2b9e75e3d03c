// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.cli.Cli.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExtractLoraCommandTest {

  @TempDir static Path models;
  private static Path rev;
  private static Path sort;

  @TempDir Path temp;

  @BeforeAll
  static void unpack() throws IOException {
    rev = BuiltInModels.unpack("letters-rev", models);
    sort = BuiltInModels.unpack("letters-sort", models);
  }

  @Test
  void writes_an_adapter_and_tells_what_it_keeps() {
    Path out = temp.resolve("adapter");
    Result done = Cli.run("extract-lora", rev, sort, out, "--rank", "8");

    assertThat(done.status()).isZero();
    assertThat(done.out())
        .startsWith("tensor ")
        .contains("model.layers.0.self_attn.q_proj.weight")
        .contains("low rank")
        .contains("39 tensors; kept ");
    assertThat(out)
        .isDirectoryContaining("glob:**/adapter_config.json")
        .isDirectoryContaining("glob:**/adapter_model.safetensors");
    Path merged = temp.resolve("merged");
    assertThat(Cli.run("convert", sort + "+" + out, merged).status()).isZero();
    assertThat(merged).isDirectoryContaining("glob:**/model.safetensors");
  }

  @Test
  void warns_where_peft_would_leave_modules_out() throws IOException {
    Path named = Files.createDirectory(temp.resolve("named"));
    Files.copy(rev.resolve("model.safetensors"), named.resolve("model.safetensors"));
    Files.writeString(named.resolve("config.json"), "{\"model_type\": \"gpt_neox\"}");
    assertThat(Cli.run("extract-lora", named, sort, temp.resolve("one")).err())
        .contains("PEFT with transformers 5", "gpt_neox");
    assertThat(Cli.run("extract-lora", rev, sort, temp.resolve("two")).err())
        .doesNotContain("PEFT with transformers 5");
  }

  @Test
  void run_merges_adapters_and_tells_what_it_keeps() throws IOException {
    Path one = temp.resolve("one");
    Path two = temp.resolve("two");
    String rank = "4";
    assertThat(Cli.run("extract-lora", rev, sort, one, "--rank", rank).status()).isZero();
    assertThat(Cli.run("extract-lora", sort, rev, two, "--rank", rank).status()).isZero();
    Path recipe =
        Files.writeString(
            temp.resolve("recipe.yml"),
            """
            merge_method: task_arithmetic
            base_model: %s
            models:
              - {model: one, parameters: {weight: 0.5}}
              - {model: two, parameters: {weight: 0.25}}
            """
                .formatted(sort));
    Path out = temp.resolve("out");
    Result done = Cli.run("run", recipe, out, "--rank", "3");
    assertThat(done.status()).as(done.err()).isZero();
    assertThat(done.out())
        .startsWith("tensor ")
        .contains("model.layers.0.self_attn.q_proj.weight")
        .contains("39 tensors; kept ")
        .contains("Wrote " + out);
    assertThat(out.resolve("adapter_config.json")).content().contains("\"r\" : 3");
    assertThat(out.resolve("mergekit_config.yml")).content().contains("adapter:\n  rank: 3\n");
    assertThat(Cli.run("plan", recipe).out()).contains("adapter_model.safetensors");
    assertThat(Cli.run("run", recipe, out, "--rank", "0").err())
        .contains("rank is 0, expected at least 1");
  }

  @Test
  void refuses_what_makes_no_sense() {
    Path out = temp.resolve("adapter");
    assertThat(Cli.run("extract-lora", rev, temp.resolve("none"), out))
        .satisfies(refused -> assertThat(refused.status()).isEqualTo(2))
        .satisfies(refused -> assertThat(refused.err()).contains("no such directory or file"));
    assertThat(Cli.run("extract-lora", rev, sort, out, "--energy", "2").err())
        .contains("more than 0 and at most 1");
    assertThat(Cli.run("extract-lora", rev, sort, out, "--others", "all").err())
        .contains("expected low-rank, save or leave-out");
    assertThat(temp).isEmptyDirectory();
  }
}
