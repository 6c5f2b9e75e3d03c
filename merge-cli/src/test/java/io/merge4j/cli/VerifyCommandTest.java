// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.cli.Cli.Result;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `verify`, and `run --verify`.
class VerifyCommandTest {

  @TempDir Path temp;
  private Path model;
  private Path recipe;

  @BeforeEach
  void merge() throws IOException {
    model = BuiltInModels.unpack("letters-rev", temp);
    recipe = temp.resolve("recipe.yml");
    Files.writeString(
        recipe, "{models: [{model: \"%s\"}], merge_method: passthrough}".formatted(model));
  }

  @Test
  void a_sound_model_is_one_line_and_status_0() {
    Result sound = Cli.run("verify", model);
    assertThat(sound.err() + sound.out()).contains("39 tensors").contains("sound");
    assertThat(sound.status()).isZero();
    assertThat(Cli.run("verify", model, "--quiet").out()).isEmpty();
  }

  @Test
  void a_merge_can_be_verified_at_once() {
    Result done = Cli.run("run", recipe, temp.resolve("out"), "--verify", "--no-resume");
    assertThat(done.status()).isZero();
    assertThat(done.out()).contains("39 checksums, sound").hasLineCount(2);
  }

  @Test
  void every_problem_is_a_line_and_the_status_is_1() throws IOException {
    Path out = temp.resolve("out");
    Cli.run("run", recipe, out);
    Path weights = out.resolve("model.safetensors");
    try (RandomAccessFile file = new RandomAccessFile(weights.toFile(), "rw")) {
      file.seek(file.length() - 1);
      file.write(0x55);
    }
    Result found = Cli.run("verify", out, "--quiet");
    assertThat(found.status()).isEqualTo(1);
    assertThat(found.out()).hasLineCount(1).contains("its bytes changed since it was written");
    Files.writeString(weights, "nothing");
    assertThat(Cli.run("verify", out).status()).isEqualTo(1);
    assertThat(Cli.run("verify", temp.resolve("none")).status()).isEqualTo(2);
  }
}
