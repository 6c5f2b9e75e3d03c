// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.hash.Hashing;
import io.merge4j.cli.Cli.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a run replaces, and what it never does.
class ReplacedOutputTest {

  @TempDir Path temp;
  private Path rev;
  private Path recipe;
  private Path out;

  @BeforeEach
  void write_recipe() throws IOException {
    rev = BuiltInModels.unpack("letters-rev", temp.resolve("models"));
    Path sort = BuiltInModels.unpack("letters-sort", temp.resolve("models"));
    recipe = temp.resolve("config.yaml");
    out = temp.resolve("merge");
    LetterRecipes.slerp(recipe, rev, sort, "");
  }

  @Test
  void an_existing_output_is_replaced_only_if_asked_to() throws IOException {
    Files.createDirectories(out);
    Files.writeString(out.resolve("precious.txt"), "x");

    Result refused = Cli.run("run", recipe, out);

    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.err()).contains("exists already");
    assertThat(out.resolve("precious.txt")).exists();
    Files.writeString(out.resolve("config.json"), "{}");
    assertThat(Cli.run("run", recipe, out, "--overwrite").status()).isZero();
    assertThat(out.resolve("precious.txt")).doesNotExist();
  }

  @Test
  void an_input_is_never_the_output() {
    Result refused = Cli.run("run", recipe, rev, "--overwrite");

    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.err()).contains("is the directory of an input");
    assertThat(rev.resolve("model.safetensors")).exists();
  }

  @Test
  void what_is_no_model_is_never_replaced() throws IOException {
    Path notes = Files.createDirectories(temp.resolve("notes"));
    Files.writeString(notes.resolve("notes.txt"), "mine");
    assertThat(Cli.run("run", recipe, notes, "--overwrite").err())
        .contains("exists and holds no model, expected one to replace")
        .hasLineCount(1);
    assertThat(notes.resolve("notes.txt")).hasContent("mine");

    Files.writeString(notes.resolve("tsconfig.json"), "{}");
    Files.writeString(notes.resolve("vectors.safetensors"), "");
    assertThat(Cli.run("run", recipe, notes, "--overwrite").err())
        .contains("exists and holds no model, expected one to replace");
    assertThat(notes.resolve("notes.txt")).hasContent("mine");

    assertThat(Cli.run("run", recipe, temp, "--overwrite").err())
        .contains("holds the recipe " + recipe)
        .hasLineCount(1);

    Path link = Files.createSymbolicLink(temp.resolve("link"), notes);
    assertThat(Cli.run("run", recipe, link, "--overwrite").err())
        .contains("is a link, expected a directory; name the one that it leads to");
  }

  @Test
  void a_report_replaces_nothing_but_reports() throws IOException {
    Path link =
        Files.createSymbolicLink(temp.resolve("link.json"), rev.resolve("model.safetensors"));
    for (Path file :
        List.of(rev.resolve("model.safetensors"), rev.resolve("new.json"), recipe, link)) {
      String before = Files.exists(file) ? digest(file) : digest(Files.writeString(file, "{}"));
      Result refused = Cli.run("run", recipe, out, "--report", file);
      assertThat(refused.status()).isEqualTo(2);
      assertThat(refused.err()).contains("is a file of a model or no earlier result");
      assertThat(digest(file)).isEqualTo(before);
      assertThat(out).doesNotExist();
    }
    Path report = Files.writeString(temp.resolve("report.json"), "{}");
    assertThat(Cli.run("run", recipe, out, "--report", report).status()).isZero();
    assertThat(report).content().contains("\"seconds\"");
  }

  private static String digest(Path file) throws IOException {
    return Hashing.sha256().hashBytes(Files.readAllBytes(file)).toString();
  }
}
