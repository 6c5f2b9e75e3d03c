// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.cli.Cli.Result;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `upload` and `run --upload` against the Hub that merge-hub's tests have, in processes of their
/// own, since the environment says where the Hub is.
class UploadCommandTest {

  /// Where the build has compiled merge-hub's tests.
  private static final String HUB_TESTS = "../merge-hub/target/test-classes";

  @TempDir Path temp;

  @Test
  void publishes_merges_by_id_and_publishes_the_result() throws Exception {
    Path model = BuiltInModels.unpack("letters-rev", temp);
    Path recipe = temp.resolve("recipe.yml");
    Files.writeString(recipe, "merge_method: passthrough\nmodels:\n- model: me/letters\n");
    Process hub = Cli.process(Map.of(), HUB_TESTS, "io.merge4j.hub.LoopbackHub", "0", "0");
    try (BufferedReader said = hub.inputReader()) {
      String endpoint = said.readLine().replace("HF_ENDPOINT=", "");

      assertThat(merge4j(endpoint, "upload", model, "me/letters", "--message", "First"))
          .contains("Published " + endpoint + "/me/letters: 5 files new or changed");
      assertThat(merge4j(endpoint, "upload", model, "me/letters"))
          .contains(endpoint + "/me/letters has all 5 files already");
      assertThat(merge4j(endpoint, "run", recipe, temp.resolve("out"), "--upload", "me/merge"))
          .contains("Wrote ", "Published " + endpoint + "/me/merge: ");
      assertThat(merge4j(endpoint, "inspect", "me/merge")).contains("416,352");
    } finally {
      hub.destroy();
    }
  }

  @Test
  void refuses_what_cannot_be_published_before_any_work() throws IOException {
    Path recipe =
        Files.writeString(
            temp.resolve("recipe.yml"), "merge_method: passthrough\nmodels: [{model: a/b}]");
    Path missing = temp.resolve("missing");

    Result noDirectory = Cli.run("upload", missing, "me/model");
    assertThat(noDirectory.status()).isEqualTo(2);
    assertThat(noDirectory.err()).contains("expected a directory that exists");
    for (List<String> options : List.of(List.of("--upload", "me/mod el"), List.of("--private"))) {
      Result refused =
          Cli.run(Stream.concat(Stream.of("run", recipe, missing), options.stream()).toArray());
      assertThat(refused.status()).isEqualTo(2);
      assertThat(refused.err()).containsAnyOf("Invalid repository id", "no --upload ID");
    }
  }

  @Test
  void refuses_an_upload_that_must_fail_before_the_merge() throws Exception {
    Path model = BuiltInModels.unpack("letters-rev", temp);
    Path recipe = temp.resolve("recipe.yml");
    Files.writeString(recipe, "merge_method: passthrough\nmodels:\n- model: %s\n".formatted(model));
    Path out = temp.resolve("out");

    Result offline = Cli.run("run", recipe, out, "--upload", "me/merge");
    assertThat(offline.status()).isEqualTo(1);
    assertThat(offline.err()).contains("Cannot upload to me/merge: offline");
    Result file = Cli.run("run", recipe, temp.resolve("m.safetensors"), "--upload", "me/merge");
    assertThat(file.status()).isEqualTo(2);
    assertThat(file.err()).contains("m.safetensors", "expected a directory");
    Result revision = Cli.run("run", recipe, out, "--upload", "me/merge", "--revision", "a/../b");
    assertThat(revision.status()).isEqualTo(2);
    assertThat(revision.err()).contains("Invalid revision \"a/../b\"");
    Map<String, String> withoutToken =
        Map.of(
            "HF_HUB_OFFLINE",
            "0",
            "HF_HUB_DISABLE_IMPLICIT_TOKEN",
            "1",
            "HF_ENDPOINT",
            "http://127.0.0.1:1");
    Process process =
        Cli.process(
            withoutToken,
            "",
            Main.class.getName(),
            "run",
            recipe.toString(),
            out.toString(),
            "--upload",
            "me/merge");
    assertThat(process.inputReader().lines()).anyMatch(line -> line.contains("no token"));
    assertThat(process.waitFor()).isEqualTo(1);
    assertThat(out).doesNotExist();
  }

  @Test
  void says_that_it_is_offline() {
    Result offline = Cli.run("upload", temp, "me/model");

    assertThat(offline.status()).isEqualTo(1);
    assertThat(offline.err()).contains("merge4j: Cannot upload to me/model: offline");
  }

  private String merge4j(String endpoint, Object... arguments) throws Exception {
    Map<String, String> environment =
        Map.of(
            "HF_ENDPOINT",
            endpoint,
            "HF_TOKEN",
            "hf_good",
            "HF_HUB_OFFLINE",
            "0",
            "HF_HUB_CACHE",
            temp.resolve("cache").toString());
    Process process =
        Cli.process(
            environment,
            "",
            Stream.concat(Stream.of(Main.class.getName()), Stream.of(arguments))
                .map(Object::toString)
                .toArray(String[]::new));
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }
}
