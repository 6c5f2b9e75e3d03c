// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.merge4j.Output;
import io.merge4j.Recipe;
import io.merge4j.cli.Cli.Result;
import io.merge4j.model.Model;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.TensorSpec;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `run` and `plan` on the built-in models.
class RunCommandTest {

  @TempDir static Path models;
  private static Path rev;
  private static Path sort;

  @TempDir Path temp;
  private Path recipe;
  private Path out;

  @BeforeAll
  static void unpack() throws IOException {
    rev = BuiltInModels.unpack("letters-rev", models);
    sort = BuiltInModels.unpack("letters-sort", models);
  }

  @BeforeEach
  void write_recipe() throws IOException {
    recipe = temp.resolve("config.yaml");
    out = temp.resolve("merge");
    write("");
  }

  private void write(String more) throws IOException {
    LetterRecipes.slerp(recipe, rev, sort, more);
  }

  @Test
  void writes_a_model_directory_and_says_so() {
    Result done = Cli.run("run", recipe, out);

    assertThat(done.status()).isZero();
    assertThat(done.out())
        .startsWith("Wrote %s: slerp, 39 tensors, 416,352 parameters, ".formatted(out))
        .hasLineCount(1);
    assertThat(done.err()).startsWith("note: Merging with ").hasLineCount(1);
    assertThat(out)
        .isDirectoryContaining("glob:**/model.safetensors")
        .isDirectoryContaining("glob:**/config.json")
        .isDirectoryContaining("glob:**/tokenizer.json")
        .isDirectoryContaining("glob:**/mergekit_config.yml")
        .isDirectoryContaining("glob:**/README.md");
  }

  @Test
  void says_nothing_if_quiet() {
    Result done = Cli.run("run", recipe, out, "--quiet", "--allow-crimes");

    assertThat(done.status()).isZero();
    assertThat(done.out()).isEmpty();
    assertThat(done.err()).isEmpty();
    assertThat(out).isDirectory();
  }

  @Test
  void takes_a_command_line_of_mergekit() {
    Result done =
        Cli.run(
            "run",
            recipe,
            out,
            "--copy-tokenizer",
            "--allow-crimes",
            "--out-shard-size",
            "1B",
            "--lazy-unpickle",
            "--no-trust-remote-code",
            "--lora-merge-cache",
            "/tmp/x",
            "--cuda");

    assertThat(done.status()).isZero();
    assertThat(done.err())
        .contains(
            "note: accepted for mergekit's sake, without effect here: --allow-crimes, --cuda,")
        .contains("--lazy-unpickle", "--trust-remote-code", "--lora-merge-cache");
    assertThat(out).isDirectoryContaining("glob:**/model.safetensors");
  }

  @Test
  void shards_are_sized_in_bytes_or_in_parameters() {
    Cli.run("run", recipe, out, "--shard-size", "300kB");
    Cli.run("run", recipe, temp.resolve("b"), "--out-shard-size", "150K");

    for (Path directory : new Path[] {out, temp.resolve("b")}) {
      assertThat(directory)
          .isDirectoryContaining("glob:**/model-00004-of-00004.safetensors")
          .isDirectoryContaining("glob:**/model.safetensors.index.json");
    }
    assertThat(Cli.run("diff", out, temp.resolve("b")).status()).isZero();
  }

  @Test
  void options_reach_the_output() throws IOException {
    Path report = temp.resolve("report.json");
    Result done =
        Cli.run(
            "run",
            recipe,
            out,
            "--dtype",
            "float16",
            "--no-card",
            "--no-copy-tokenizer",
            "--no-sync",
            "--threads",
            "3",
            "--seed",
            "42",
            "--report",
            report,
            "--max-memory",
            "1GB",
            "--kernels",
            "auto",
            "--strict",
            "--allow-missing");

    assertThat(done.status()).isZero();
    assertThat(out.resolve("README.md")).doesNotExist();
    assertThat(out.resolve("tokenizer.json")).doesNotExist();
    try (Model model = Model.open(out)) {
      assertThat(model.checkpoint().specs()).extracting(TensorSpec::dtype).containsOnly(DType.F16);
    }
    JsonNode json = JsonMapper.shared().readTree(Files.readString(report));
    assertThat(json.path("threads").asInt()).isEqualTo(3);
    assertThat(json.path("seed").asInt()).isEqualTo(42);
    assertThat(json.path("tensors").asInt()).isEqualTo(39);
  }

  @Test
  void card_and_seed_go_by_the_names_of_mergekit_too() {
    assertThat(
            Cli.run("run", recipe, out, "--no-write-model-card", "--random-seed", "1", "-j", "1")
                .status())
        .isZero();
    assertThat(out.resolve("README.md")).doesNotExist();
  }

  @Test
  void the_recipe_may_name_the_output() throws IOException {
    write("output_model: \"%s\"".formatted(out));

    assertThat(Cli.run("run", recipe).status()).isZero();
    assertThat(out).isDirectoryContaining("glob:**/model.safetensors");
  }

  @Test
  void asks_for_an_output() {
    Result refused = Cli.run("run", recipe);

    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.err()).contains("No output directory").hasLineCount(1);
  }

  @Test
  void a_wrong_recipe_has_all_its_problems_listed() throws IOException {
    Files.writeString(
        recipe,
        """
        merge_method: slerp
        models:
          - model: ./nowhere
          - model: ./neither
        parameters: {t: 0.5}
        """);

    Result refused = Cli.run("run", recipe, out);

    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.err())
        .contains("3 problems:", "needs a base_model", "./nowhere", "./neither")
        .doesNotContain("\tat ");
    assertThat(out).doesNotExist();
  }

  @Test
  void numbers_out_of_range_are_refused() {
    assertThat(Cli.run("run", recipe, out, "--threads", "0").err()).contains("threads is 0");
    assertThat(Cli.run("run", recipe, out, "--shard-size", "big").err()).contains("\"big\"");
    assertThat(Cli.run("run", recipe, out, "--out-shard-size", "1G").err()).contains("\"1G\"");
    Result dtype = Cli.run("run", recipe, out, "--dtype", "int8");
    assertThat(dtype.status()).isEqualTo(2);
    assertThat(dtype.err()).contains("bfloat16");
    assertThat(out).doesNotExist();
  }

  @Test
  void a_recipe_that_is_no_file_is_refused() {
    Result refused = Cli.run("run", temp.resolve("none.yml"), out);

    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.err()).contains("there is no such file").hasLineCount(1);
    assertThat(Cli.run("run", temp, out).err()).contains("it is no file");
  }

  @Test
  void a_full_disk_below_the_report_is_told_after_the_merge() {
    Path full = Path.of("/dev/full");
    assumeThat(full).exists();

    Result done = Cli.run("run", recipe, out, "--report", full);

    assertThat(done.status()).isEqualTo(1);
    assertThat(done.out()).contains("Wrote " + out);
    assertThat(done.err())
        .contains("merge4j: Cannot write /dev/full: ", "make room")
        .doesNotContain("Exception");
  }

  @Test
  void a_report_that_cannot_be_written_is_found_before_the_merge() {
    Result refused = Cli.run("run", recipe, out, "--report", temp.resolve("no/where.json"));

    assertThat(refused.status()).isEqualTo(2);
    assertThat(out).doesNotExist();
  }

  @Test
  void a_failure_on_the_way_is_status_one() {
    Path tooLong = temp.resolve("x".repeat(300));

    Result failed = Cli.run("run", recipe, tooLong);

    assertThat(failed.status()).isEqualTo(1);
    assertThat(failed.err()).contains("merge4j: Cannot write ").doesNotContain("\tat ");
    assertThat(Cli.run("run", recipe, tooLong, "--stacktrace").err()).contains("\tat io.merge4j");
  }

  @Test
  void a_terminal_shows_a_bar_with_rate_and_time_left() {
    StringWriter err = new StringWriter();
    try (Progress bar = new ProgressOnTerminal(new PrintWriter(err))) {
      Recipe merge = recipe();
      bar.started(merge.plan());
      merge.writeTo(out, Output.DEFAULT.listener(bar));
    }
    assertThat(err.toString()).contains("\rslerp", "100%", "MB/s").endsWith("\u001b[K");
  }

  private Recipe recipe() {
    try {
      return Recipe.read(recipe);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
