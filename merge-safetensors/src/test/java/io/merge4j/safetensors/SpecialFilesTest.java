// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.merge4j.MergeException;
import io.merge4j.MergePlan;
import io.merge4j.Merger;
import io.merge4j.Output;
import io.merge4j.Recipe;
import io.merge4j.Verification;
import io.merge4j.method.Passthrough;
import io.merge4j.tensor.SmallFile;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Pipes, which block whoever opens them, and endless or huge files where a model has its small
/// ones.
@EnabledOnOs({OS.LINUX, OS.MAC})
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SpecialFilesTest {

  @TempDir private Path directory;
  private Path model;

  @BeforeEach
  void copy_a_model() throws IOException {
    model = Files.createDirectory(directory.resolve("model"));
    try (var files = Files.list(GoldenMergesTest.GOLDEN.resolve("models/tok-base"))) {
      for (Path file : files.toList()) {
        Files.copy(file, model.resolve(file.getFileName()));
      }
    }
  }

  private MergePlan plan() {
    Path other = GoldenMergesTest.GOLDEN.resolve("models/tok-tools");
    return Recipe.parse(
            """
            models:
              - {model: %s, parameters: {weight: 0.5}}
              - {model: %s, parameters: {weight: 0.5}}
            merge_method: linear
            tokenizer_source: union
            chat_template: auto
            """
                .formatted(model, other))
        .plan(Output.DEFAULT);
  }

  private void pipe(String name) throws IOException, InterruptedException {
    Path file = model.resolve(name);
    Files.deleteIfExists(file);
    assertThat(new ProcessBuilder("mkfifo", file.toString()).start().waitFor()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"config.json", "chat_template.jinja", "tokenizer_config.json"})
  void a_pipe_is_refused_and_not_waited_for(String name) throws Exception {
    pipe(name);
    assertThatThrownBy(this::plan)
        .isInstanceOf(MergeException.class)
        .hasMessageContaining(name)
        .hasMessageContaining("found a pipe, socket or device, expected a regular file");
  }

  @ParameterizedTest
  @ValueSource(strings = {"tokenizer.json", "added_tokens.json"})
  void a_pipe_is_no_tokenizer(String name) throws Exception {
    pipe(name);
    assertNoTokenizer();
  }

  @ParameterizedTest
  @ValueSource(strings = {"vocab.json", "vocab.txt", "tokenizer.model"})
  void a_pipe_is_no_vocabulary_of_older_files(String name) throws Exception {
    Files.delete(model.resolve("tokenizer.json"));
    pipe(name);
    assertNoTokenizer();
  }

  @Test
  void a_device_that_never_ends_is_no_vocabulary() throws IOException {
    Files.delete(model.resolve("tokenizer.json"));
    Files.createSymbolicLink(model.resolve("tokenizer.model"), Path.of("/dev/zero"));
    assertNoTokenizer();
  }

  private void assertNoTokenizer() {
    assertThatThrownBy(this::plan)
        .isInstanceOf(MergeException.class)
        .hasMessageContaining("%s has no tokenizer that can be read".formatted(model));
  }

  @Test
  void a_pipe_among_the_adapters_files_is_refused() throws Exception {
    pipe("adapter_config.json");
    assertThatThrownBy(() ->
            Merger.using(new Passthrough(), model + "+" + model)
                .writeTo(directory.resolve("out"), Output.DEFAULT))
        .isInstanceOf(MergeException.class)
        .hasMessageContaining("found a pipe");
  }

  @Test
  void a_pipe_in_place_of_checksums_is_a_problem() throws Exception {
    pipe("merge4j.checksums.json");
    assertThat(Verification.of(model).problems()).anyMatch(each -> each.contains("found a pipe"));
  }

  @Test
  void a_configuration_that_no_model_has_is_refused_by_its_size() throws IOException {
    try (RandomAccessFile file =
        new RandomAccessFile(model.resolve("config.json").toFile(), "rw")) {
      file.setLength(SmallFile.MOST_BYTES + 1L);
    }
    assertThatThrownBy(this::plan)
        .isInstanceOf(MergeException.class)
        .hasMessageContaining("config.json: found 67108865 bytes, expected 67108864 at most");
  }
}
