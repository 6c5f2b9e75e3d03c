// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.cli.Cli.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlanCommandTest {

  @TempDir Path temp;
  private Path rev;
  private Path sort;
  private Path recipe;
  private Path out;

  @BeforeEach
  void write_recipe() throws IOException {
    rev = BuiltInModels.unpack("letters-rev", temp);
    sort = BuiltInModels.unpack("letters-sort", temp);
    recipe = temp.resolve("config.yaml");
    out = temp.resolve("merge");
    write("");
  }

  private void write(String more) throws IOException {
    LetterRecipes.slerp(recipe, rev, sort, more);
  }

  @Test
  void plan_shows_what_would_be_done_and_writes_nothing() {
    Result plan = Cli.run("plan", recipe, out, "--copy-tokenizer", "--lazy-unpickle");

    assertThat(plan.status()).isZero();
    assertThat(plan.out())
        .contains("Method      slerp", "39 tensors, 416,352 parameters")
        .contains("model.layers.*.self_attn.q_proj.weight");
    assertThat(out).doesNotExist();
  }

  @Test
  void the_place_is_checked_as_a_run_would() {
    Result occupied = Cli.run("plan", recipe, sort);
    assertThat(occupied.status()).isEqualTo(2);
    assertThat(occupied.err()).contains("is the directory of an input").hasLineCount(1);

    Result exists = Cli.run("plan", recipe, recipe.resolveSibling("config.yaml"));
    assertThat(exists.err()).contains("exists already; choose another place");
  }

  @Test
  void a_filter_that_matches_nothing_is_remarked_upon() throws IOException {
    String filtered = "t: [{filter: self_atn, value: 0.3}, {filter: mlp, value: 1}, {value: 0.5}]";
    Files.writeString(recipe, Files.readString(recipe).replace("t: 0.5", filtered));
    assertThat(Cli.run("plan", recipe).out())
        .contains("Filter self_atn of parameter t decides for no tensor, value 0.3 is not used")
        .doesNotContain("Filter mlp");
  }

  @Test
  void a_model_has_one_name() throws IOException {
    Files.writeString(
        recipe,
        Files.readString(recipe).replace("base_model: \"" + rev, "base_model: \"" + rev + "/."));
    Result refused = Cli.run("plan", recipe);
    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.err()).contains("are one, expected one name; name it alike everywhere");
  }

  @Test
  void parameters_in_the_wrong_place_are_not_ignored() throws IOException {
    write("t: 0.7");
    assertThat(Cli.run("plan", recipe).err())
        .contains("t: a parameter of the method, expected it in parameters");
  }

  @Test
  void one_file_is_planned_whole() {
    String shards = Cli.run("plan", recipe, out, "--shard-size", "300kB").out();
    assertThat(shards).contains("-of-");
    String whole =
        Cli.run("plan", recipe, temp.resolve("m.safetensors"), "--shard-size", "300kB").out();
    assertThat(whole).doesNotContain("-of-");
  }

  @Test
  void a_misspelt_key_is_pointed_out() throws IOException {
    write("dtyp: float16");

    Result refused = Cli.run("plan", recipe);

    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.err())
        .contains("dtyp: unknown key; did you mean \"dtype\"?")
        .hasLineCount(1);
  }
}
