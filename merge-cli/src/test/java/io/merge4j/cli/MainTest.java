// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.merge4j.cli.Cli.Result;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {

  @Test
  void tells_its_version() {
    Result version = Cli.run("--version");

    assertThat(version.status()).isZero();
    assertThat(version.out()).matches("merge4j \\d+\\.\\d+\\.\\d+(-SNAPSHOT)?\\R");
  }

  @Test
  void help_lists_every_command_with_a_line_of_its_own() {
    Result help = Cli.run("help");

    assertThat(help.status()).isZero();
    assertThat(help.out())
        .contains("run      ", "plan     ", "demo     ", "inspect  ", "diff     ", "methods  ")
        .contains("explain  ", "tree     ", "jshell   ")
        .contains("Exit status: 0 done");
  }

  static Stream<String> commands() {
    return Stream.of(
        "run",
        "plan",
        "explain",
        "convert",
        "demo",
        "upload",
        "tree",
        "extract-lora",
        "inspect",
        "verify",
        "diff",
        "tokens",
        "methods",
        "jshell");
  }

  @ParameterizedTest
  @MethodSource("commands")
  void every_command_has_help(String command) {
    Result help = Cli.run(command, "--help");

    assertThat(help.status()).isZero();
    assertThat(help.out()).startsWith("Usage: merge4j " + command).contains("--stacktrace");
    assertThat(Cli.run("help", command).out()).isEqualTo(help.out());
  }

  @ParameterizedTest
  @MethodSource("commands")
  void every_command_says_less_or_more_if_asked(String command) {
    assumeThat(command).as("speaks for itself").isNotEqualTo("jshell");
    assertThat(Cli.run(command, "--help").out()).contains("-q, --quiet", "-v, --verbose");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "inspect models/base+",
        "inspect @",
        "inspect a+b+c",
        "run recipe.yml out --kernels fast",
        "extract-lora a b out --embeddings none"
      })
  void what_can_not_be_meant_is_told_in_one_line(String line) {
    Result refused = Cli.run((Object[]) line.split(" ", -1));
    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.err())
        .startsWith("merge4j: ")
        .doesNotContain("Exception", "--stacktrace")
        .hasLineCount(1);
  }

  @Test
  void quiet_commands_print_what_they_are_for() {
    assertThat(Cli.run("methods", "-q").out()).isEqualTo(Cli.run("methods").out()).isNotEmpty();
  }

  @Test
  void options_of_mergekit_without_a_meaning_clutter_no_help() {
    assertThat(Cli.run("run", "--help").out()).doesNotContain("allow-crimes", "lora");
  }

  @Test
  void no_command_is_an_error() {
    Result nothing = Cli.run();

    assertThat(nothing.status()).isEqualTo(2);
    assertThat(nothing.err())
        .isEqualToIgnoringNewLines("merge4j: Which command? See \"merge4j help\".");
  }

  @Test
  void names_of_megabytes_are_cut_in_messages(@TempDir Path directory) throws IOException {
    Path recipe = directory.resolve("recipe.yml");
    Files.writeString(
        recipe, "merge_method: %s\nmodels: [{model: a}]".formatted("l".repeat(1_000_000)));
    Result unknown = Cli.run("plan", recipe);

    assertThat(unknown.status()).isEqualTo(2);
    assertThat(unknown.err()).hasSizeLessThan(10_000).contains("llll ... (1000");
  }

  @Test
  void an_unknown_command_suggests_the_nearest() {
    Result unknown = Cli.run("inspct", "x");

    assertThat(unknown.status()).isEqualTo(2);
    assertThat(unknown.err()).contains("'inspct'", "did you mean", "inspect").hasLineCount(1);
  }

  @Test
  void an_unknown_option_suggests_the_nearest() {
    Result unknown = Cli.run("run", "recipe.yml", "out", "--shard-siz=1GB");

    assertThat(unknown.status()).isEqualTo(2);
    assertThat(unknown.err()).contains("--shard-siz=1GB", "--shard-size?").hasLineCount(1);
  }

  @Test
  void completes_in_shells() {
    Result script = Cli.run("generate-completion");

    assertThat(script.status()).isZero();
    assertThat(script.out()).contains("_complete_merge4j", "--out-shard-size");
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "1, 1", "2, 2"})
  void a_full_disk_below_standard_output_is_told_whatever_the_status(int status, int expected)
      throws IOException {
    Path full = Path.of("/dev/full");
    assumeThat(full).exists();
    StringWriter err = new StringWriter();

    try (StandardOutput out = new StandardOutput(Files.newOutputStream(full))) {
      new PrintWriter(out, true, UTF_8).println("a result");
      assertThat(out.status(status, new PrintWriter(err))).isEqualTo(expected);
    }

    assertThat(err.toString())
        .startsWith("merge4j: Cannot write to standard output: ")
        .endsWith("; what is there is not complete%n".formatted());
  }

  @Test
  void a_command_ends_with_the_status_of_its_output() throws IOException {
    Path full = Path.of("/dev/full");
    assumeThat(full).exists();
    try (OutputStream out = Files.newOutputStream(full)) {
      assertThat(Main.execute(out, new PrintWriter(new StringWriter()), "methods")).isEqualTo(1);
    }
  }

  @Test
  void a_reader_that_has_seen_enough_ends_a_command_quietly() throws IOException {
    Pipe pipe = Pipe.open();
    pipe.source().close();
    StringWriter err = new StringWriter();

    int status;
    try (OutputStream out = Channels.newOutputStream(pipe.sink())) {
      status = Main.execute(out, new PrintWriter(err), "methods");
    }

    assertThat(status).isEqualTo(141);
    assertThat(err.toString()).isEmpty();
  }
}
