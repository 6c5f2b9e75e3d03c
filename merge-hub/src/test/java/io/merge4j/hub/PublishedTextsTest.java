// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What an upload changes in the texts that it publishes.
class PublishedTextsTest extends HubFixture {

  private static final RepoId TARGET = RepoId.of("me/m");

  private Path directory;

  @BeforeEach
  void makeDirectory() throws IOException {
    directory = Files.createDirectory(temporary.resolve("merged"));
  }

  private Hub writer() {
    return builder().token(LoopbackHub.TOKEN).build();
  }

  private Map<String, byte[]> published() {
    LoopbackHub.Repo repo = server.repos.get("me/m");
    return repo.commits.get(repo.refs.get("main"));
  }

  @Test
  void paths_of_this_machine_are_not_published() throws IOException {
    Path inCache = cache.resolve("models--org--b/snapshots/" + COMMIT);
    Path local = Files.createDirectories(temporary.resolve("secret/models/a"));
    Files.createDirectories(temporary.resolve("near/c"));
    String recipe =
        "models:\n- model: %s\n- model: %s+near/c\n- model: org/d\noutput_model: /home/me/o\n"
            .formatted(local, inCache);
    Files.writeString(directory.resolve("mergekit_config.yml"), recipe);
    String card = "---\nlicense: mit\n---\n- `%s`\n- `%s/deeper`\n```yaml\n%s```\n";
    Files.writeString(directory.resolve("README.md"), card.formatted(local, local, recipe));
    writer().upload(directory, TARGET, UploadOptions.standard());
    String publicRecipe =
        "models:\n- model: ./a\n- model: org/b@%s+./c\n- model: org/d\noutput_model: ./o\n"
            .formatted(COMMIT);
    assertThat(published().get("mergekit_config.yml")).asString().isEqualTo(publicRecipe);
    assertThat(published().get("README.md"))
        .asString()
        .isEqualTo(card.formatted("./a", local, publicRecipe));
    assertThat(directory.resolve("mergekit_config.yml")).hasContent(recipe);
    UploadReport again = writer().upload(directory, TARGET, UploadOptions.standard());
    assertThat(again.committed()).isEmpty();
  }

  @Test
  void adapters_name_their_base_by_its_id_and_not_by_a_path_of_this_machine() throws IOException {
    Path inCache = cache.resolve("models--org--b/snapshots/" + COMMIT);
    Path local = Files.createDirectories(temporary.resolve("secret/models/a"));
    String config = "{\"base_model_name_or_path\": \"%s\", \"r\": 8, \"revision\": null}";
    Path nested = Files.createDirectories(directory.resolve("step-1"));
    Files.writeString(directory.resolve("adapter_config.json"), config.formatted(inCache));
    Files.writeString(nested.resolve("adapter_config.json"), config.formatted(local));
    writer().upload(directory, TARGET, UploadOptions.standard());
    assertThat(LoopbackHub.JSON.readTree(published().get("adapter_config.json")))
        .isEqualTo(
            LoopbackHub.JSON.readTree(
                config.formatted("org/b").replace("null", "\"" + COMMIT + "\"")));
    assertThat(LoopbackHub.JSON.readTree(published().get("step-1/adapter_config.json")))
        .isEqualTo(LoopbackHub.JSON.readTree(config.formatted("./a")));
    Files.writeString(directory.resolve("adapter_config.json"), config.formatted("org/b"));
    writer().upload(directory, TARGET, UploadOptions.standard());
    assertThat(published().get("adapter_config.json"))
        .asString()
        .isEqualTo(config.formatted("org/b"));
  }
}
