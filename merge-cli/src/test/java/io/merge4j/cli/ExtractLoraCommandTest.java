// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.cli.Cli.Result;
import java.io.IOException;
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
  void refuses_what_makes_no_sense() {
    Path out = temp.resolve("adapter");
    assertThat(Cli.run("extract-lora", rev, sort, out, "--rank", "8", "--energy", "0.9"))
        .satisfies(refused -> assertThat(refused.status()).isEqualTo(2))
        .satisfies(refused -> assertThat(refused.err()).contains("exclude each other"));
    assertThat(Cli.run("extract-lora", rev, sort, out, "--energy", "2").err())
        .contains("more than 0 and at most 1");
    assertThat(Cli.run("extract-lora", rev, sort, out, "--others", "all").err())
        .contains("expected low-rank, save or leave-out");
    assertThat(temp).isEmptyDirectory();
  }
}
