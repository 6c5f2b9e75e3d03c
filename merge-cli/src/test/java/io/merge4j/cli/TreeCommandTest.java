// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.merge4j.cli.Cli.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `tree` of directories, offline.
class TreeCommandTest {

  @TempDir Path temp;
  private Path child;
  private Path parent;

  @BeforeEach
  void models() throws IOException {
    child = Files.createDirectories(temp.resolve("child")).toRealPath();
    parent = Files.createDirectories(temp.resolve("parent")).toRealPath();
    Files.writeString(
        child.resolve("mergekit_config.yml"),
        "merge_method: linear\nmodels: [{model: ../parent}, {model: org/nowhere}]\n");
    Files.writeString(parent.resolve("README.md"), "---\nlicense: mit\n---\n");
  }

  @Test
  void draws_the_tree() {
    Result tree = Cli.run("tree", child);

    assertThat(tree.err()).isEmpty();
    assertThat(tree.status()).isZero();
    assertThat(tree.out())
        .isEqualTo(
            """
            %s  [license unknown]
            ├─ %s  [mit]
            └─ org/nowhere  [not in the cache]

            Licenses: mit (1), unknown (2)
            """
                .formatted(child, parent));
  }

  @Test
  void writes_a_file_in_the_format_of_its_name_or_as_told() throws IOException {
    Path picture = temp.resolve("family.SVG");
    Path text = temp.resolve("family");

    assertThat(Cli.run("tree", child, "--output", picture).out()).isEmpty();
    assertThat(picture).content().startsWith("<svg ").contains("org/nowhere");
    assertThat(Cli.run("tree", child, "--format", "json", "--output", text).status()).isZero();
    assertThat(text).content().startsWith("{").contains("\"NOT_CACHED\"");
    assertThat(Cli.run("tree", child, "--format", "mermaid").out()).startsWith("flowchart TD\n");
  }

  @Test
  void a_full_disk_is_no_mistake() {
    Path full = Path.of("/dev/full");
    assumeThat(full).exists();

    Result told = Cli.run("tree", child, "--output", full);

    assertThat(told.status()).isEqualTo(1);
    assertThat(told.err()).startsWith("merge4j: Cannot write /dev/full: ").contains("make room");
  }

  @Test
  void stops_where_told() {
    assertThat(Cli.run("tree", child, "--depth", "0").out()).contains("parent  [not followed]");
  }

  @Test
  void says_what_is_wrong() {
    Result unknown = Cli.run("tree", "org/nowhere");
    assertThat(unknown.status()).isEqualTo(1);
    assertThat(unknown.err())
        .startsWith("merge4j: Cannot find \"org/nowhere\": no such directory;")
        .contains("Cannot open org/nowhere: offline");
    assertThat(Cli.run("tree", "no such place").status()).isEqualTo(2);
    assertThat(Cli.run("tree", child, "--depth", "-1").status()).isEqualTo(2);
    assertThat(Cli.run("tree", child, "--format", "png").err()).contains("SVG");
    Result unwritable = Cli.run("tree", child, "--output", temp.resolve("no/such/file"));
    assertThat(unwritable.status()).isEqualTo(2);
    assertThat(unwritable.err()).contains("expected a file in a directory that exists");
  }
}
