// SPDX-License-Identifier: Apache-2.0
package io.merge4j.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(OS.LINUX)
class ExecutionTest {

  @TempDir Path directory;

  @Test
  void a_command_is_timed_with_its_children() throws Exception {
    Path out = Files.createDirectories(directory.resolve("out"));
    String write =
        "(head -c 600000 /dev/urandom >'%s'; exec sleep 0.3); true".formatted(out.resolve("x"));

    Execution execution =
        Execution.of(List.of("sh", "-c", write), out, directory.resolve("log.txt"));

    assertThat(execution.seconds()).isBetween(0.3, 60.0);
    assertThat(execution.processor()).isBetween(0.0, execution.seconds());
    assertThat(execution.written()).isEqualTo(600_000);
  }

  @Test
  void processor_time_is_that_of_the_command() throws Exception {
    Path out = Files.createDirectories(directory.resolve("out"));
    String count = "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done";

    Execution execution =
        Execution.of(List.of("sh", "-c", count), out, directory.resolve("log.txt"));

    assertThat(execution.processor()).isPositive();
  }

  @Test
  void memory_is_that_of_a_command_with_its_children() throws Exception {
    Footprint footprint =
        Footprint.of(
            List.of(
                "sh",
                "-c",
                "(head -c 600000 /dev/zero >'%s'; exec sleep 0.5); true"
                    .formatted(directory.resolve("x"))),
            directory.resolve("log.txt"));

    assertThat(footprint.resident()).isGreaterThan(footprint.anonymous());
    assertThat(footprint.anonymous()).isPositive();
  }

  @Test
  void a_command_that_fails_is_told_with_what_it_said() {
    List<String> command = List.of("sh", "-c", "echo no such model; exit 3");

    assertThatThrownBy(() -> Execution.of(command, directory, directory.resolve("log.txt")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("failed with 3")
        .hasMessageContaining("no such model");
  }

  @Test
  void a_file_that_left_the_page_cache_is_as_it_was() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "content");

    PageCache.drop(List.of(file));

    assertThat(file).hasContent("content");
    assertThatThrownBy(() -> PageCache.drop(List.of(directory)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("leave --cold out");
  }
}
