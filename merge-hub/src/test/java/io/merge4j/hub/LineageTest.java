// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.merge4j.hub.Ancestor.State;
import io.merge4j.hub.HubException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Families of models: on the Hub, in the cache, on disk.
class LineageTest extends HubFixture {

  /// Two parents with one parent in common, which the recipe names at a revision.
  @BeforeEach
  void publish() {
    model("org/base", "license: apache-2.0", "");
    model("org/a", "license: apache-2.0\nbase_model: org/base\nbase_model_relation: finetune", "");
    model("org/b", "base_model: [https://huggingface.co/org/base]", "");
    model(
        "me/merge",
        "license: mit\nbase_model: [org/a, org/b]\nbase_model_relation: merge",
        "models: [{model: org/a}, {model: org/b@v2}]");
    server.repo("org/b").refs.put("v2", LoopbackHub.COMMIT_A);
  }

  private LoopbackHub.Repo model(String id, String front, String config) {
    Map<String, byte[]> files = new TreeMap<>();
    files.put("config.json", Bytes.text("{}"));
    if (!front.isEmpty()) {
      files.put("README.md", Bytes.text("---\n" + front + "\n---\n# Model\n"));
    }
    if (!config.isEmpty()) {
      files.put("mergekit_config.yml", Bytes.text(config));
    }
    return server.repo(id).commit("main", LoopbackHub.COMMIT_A, files);
  }

  private Lineage lineage(String model) {
    return hub().lineage(model, Lineage.DEPTH);
  }

  private State state(Lineage lineage, String model) {
    return lineage.models().get(model).state();
  }

  @Test
  void follows_cards_and_recipes_upwards() {
    assertThat(lineage("me/merge").toText())
        .isEqualTo(
            """
            me/merge  [mit]  [merge]
            ├─ org/a  [apache-2.0]  [finetune]
            │  └─ org/base  [apache-2.0]
            └─ org/b@v2  [license unknown]
               └─ org/base  [apache-2.0]

            Licenses: apache-2.0 (2), mit (1), unknown (1)
            """);
  }

  @Test
  void downloads_cards_and_recipes_only_and_needs_them_once() {
    lineage("me/merge");
    assertThat(server.hub.seen())
        .filteredOn(seen -> seen.path().contains("/resolve/"))
        .extracting(seen -> seen.path().replaceFirst(".*/", ""))
        .containsOnly("README.md", "mergekit_config.yml")
        .hasSize(5);
    int requests = server.hub.seen().size();
    String offline = builder().offline(true).build().lineage("me/merge", 9).toText();
    assertThat(offline).isEqualTo(lineage("me/merge").toText());
    assertThat(server.hub.seen()).hasSize(requests + 4);
  }

  @Test
  void adapters_tell_the_model_they_belong_to() {
    String config = "{\"base_model_name_or_path\":\"org/base\",\"peft_type\":\"LORA\"}";
    server
        .repo("me/lora")
        .commit("main", LoopbackHub.COMMIT_A, Map.of("adapter_config.json", Bytes.text(config)));
    assertThat(lineage("me/lora").toText()).contains("└─ org/base  [apache-2.0]\n");
    server
        .repo("me/broken")
        .commit("main", LoopbackHub.COMMIT_A, Map.of("adapter_config.json", Bytes.text("{")));
    assertThat(lineage("me/broken").models()).containsOnlyKeys("me/broken");
  }

  @Test
  void a_model_may_come_from_itself() {
    model("org/base", "base_model: me/merge", "");
    model("org/self", "base_model: org/self", "");

    assertThat(lineage("me/merge").toText())
        .contains("   └─ org/base  [license unknown]  (parents above)\n")
        .contains("│     └─ me/merge  (cycle: comes from itself)\n");
    assertThat(lineage("org/self").toText()).contains("└─ org/self  (cycle: comes from itself)\n");
    assertThat(lineage("me/merge").toSvg()).contains("<path class=\"back\"");
  }

  @Test
  void missing_private_and_gated_parents_are_part_of_the_tree() {
    model("org/private", "license: mit", "").isPrivate = true;
    LoopbackHub.Repo gated = model("org/gated", "license: llama3\nbase_model: org/base", "");
    gated.isGated = true;
    gated.cardData = "{\"license\":\"llama3\",\"base_model\":\"org/base\"}";
    model("org/closed", "license: mit", "").isDisabled = true;
    model(
        "me/merge",
        "base_model: [org/nothing, org/private, org/gated, org/closed, org/a@v9, ./my model]",
        "");
    Lineage lineage = lineage("me/merge");

    assertThat(lineage.toText())
        .isEqualTo(
            """
            me/merge  [license unknown]
            ├─ org/nothing  [not found, or private]
            ├─ org/private  [not found, or private]
            ├─ org/gated  [llama3]  [gated]
            │  └─ org/base  [apache-2.0]
            ├─ org/closed  [cannot be read]
            ├─ org/a@v9  [not found, or private]
            └─ ./my model  [not published]

            Licenses: apache-2.0 (1), llama3 (1), unknown (6)
            """);
    assertThat(state(lineage, "org/gated")).isEqualTo(State.GATED);
    assertThat(state(lineage("org/gated"), "org/gated")).isEqualTo(State.GATED);
  }

  @Test
  void what_is_wrong_with_the_model_itself_is_an_error() {
    assertThatThrownBy(() -> lineage("org/nothing"))
        .isInstanceOfSatisfying(
            HubException.class, e -> assertThat(e.reason()).isEqualTo(Reason.REPOSITORY_NOT_FOUND))
        .hasMessageStartingWith(
            "Cannot find \"org/nothing\": no such directory; and as a repository: Cannot find");
    assertThatThrownBy(() -> builder().offline(true).build().lineage("me/merge", 1))
        .hasMessageContaining("offline");
    for (String path : List.of("no such place", "./merged/model", "models/org/a")) {
      assertThatThrownBy(() -> lineage(path))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("Cannot find \"" + path + "\": no such directory; and as a");
    }
    assertThatThrownBy(() -> hub().lineage("me/merge", -1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void a_card_that_a_snapshot_without_a_listing_lacks_is_not_taken_for_absent() throws IOException {
    cacheWithoutListing("config.json");
    Path child = Files.createDirectories(temporary.resolve("child")).toRealPath();
    Files.writeString(child.resolve("README.md"), "---\nbase_model: org/model\n---\n");
    Hub offline = builder().offline(true).build();

    assertThat(state(offline.lineage(child.toString(), 1), MODEL)).isEqualTo(State.NOT_CACHED);
    assertThatThrownBy(() -> offline.lineage(MODEL, 1))
        .isInstanceOfSatisfying(
            HubException.class, e -> assertThat(e.reason()).isEqualTo(Reason.OFFLINE))
        .hasMessageContaining("Cannot download README.md of org/model: offline");
    cacheWithoutListing("README.md");
    assertThat(state(offline.lineage(MODEL, 1), MODEL)).isEqualTo(State.FOUND);
  }

  @Test
  void a_card_that_is_marked_as_absent_is_not_asked_for() throws IOException {
    cacheWithoutListing("config.json");
    Path mark = folder().resolve(".no_exist").resolve(COMMIT).resolve("README.md");
    Files.createDirectories(mark.getParent());
    Files.createFile(mark);

    Lineage lineage = builder().offline(true).build().lineage(MODEL, 1);
    assertThat(lineage.toText()).startsWith("org/model  [license unknown]\n");
  }

  @Test
  void follows_directories_and_repositories_from_a_directory() throws IOException {
    Path child = Files.createDirectories(temporary.resolve("work/child")).toRealPath();
    Path parent = Files.createDirectories(temporary.resolve("work/parent")).toRealPath();
    Files.writeString(child.resolve("README.md"), "---\nlicense: mit\nbase_model: org/a\n---\n");
    Files.writeString(
        child.resolve("mergekit_config.yml"),
        "models: [{model: parent}, {model: org/a+org/base}, {model: %s}]".formatted(child));
    Files.writeString(parent.resolve("README.md"), "---\nbase_model: org/uncached\n---\n");
    lineage("org/a");
    Lineage lineage = builder().offline(true).build().lineage(child.toString(), Lineage.DEPTH);

    assertThat(lineage.models().get(child.toString()).parents())
        .containsExactly("org/a", parent.toString(), "org/base", child.toString());
    assertThat(state(lineage, "org/base")).isEqualTo(State.FOUND);
    assertThat(state(lineage, "org/uncached")).isEqualTo(State.NOT_CACHED);
  }

  @Test
  void a_repository_leads_to_no_directory_of_this_machine() {
    model("me/merge", "", "models: [{model: %s}]".formatted(temporary));

    assertThat(state(lineage("me/merge"), temporary.toString())).isEqualTo(State.ELSEWHERE);
  }

  @Test
  void stops_where_told() {
    Lineage lineage = hub().lineage("me/merge", 0);

    assertThat(lineage.models()).containsOnlyKeys("me/merge", "org/a", "org/b@v2");
    assertThat(state(lineage, "org/a")).isEqualTo(State.NOT_FOLLOWED);
    assertThat(lineage.toText()).contains("├─ org/a  [not followed]\n");
  }

  @Test
  void draws_and_tells_programs() {
    Lineage lineage = hub().lineage("me/merge", 0);

    assertThat(lineage.toMermaid())
        .isEqualTo(
            """
            flowchart TD
              m0["me/merge<br/>mit"]
              m1["org/a<br/>not followed"]:::closed
              m2["org/b@v2<br/>not followed"]:::closed
              m1 -->|"merge"| m0
              m2 -->|"merge"| m0
              classDef closed stroke-dasharray: 4 4
            """);
    JsonNode json = JsonMapper.shared().readTree(lineage.toJson());
    assertThat(json.path("root").asString()).isEqualTo("me/merge");
    assertThat(json.at("/models/0/parents").size()).isEqualTo(2);
    assertThat(json.at("/models/1/state").asString()).isEqualTo("NOT_FOLLOWED");
    assertThat(lineage.toSvg())
        .startsWith("<svg xmlns=\"http://www.w3.org/2000/svg\"")
        .contains(">org/b@v2</text>", ">not followed</text>", "<path d=\"M")
        .endsWith("</svg>\n");
  }

  @Test
  void foreign_texts_neither_steer_the_terminal_nor_become_markup() {
    model("me/merge", "license: \"\\e[2J\"\nbase_model: [\"<b>\\\"\\e]0;x\\a\\u202e`\"]", "");
    Lineage lineage = lineage("me/merge");

    assertThat(lineage.toText()).contains("<b>\"?]0;x??`").doesNotContain("\u001b", "\u202e");
    assertThat(lineage.toMermaid()).contains("&lt;b&gt;&quot;?]0;x??&#96;<br/>not published\"]");
    assertThat(lineage.toSvg()).contains("&lt;b&gt;").doesNotContain("<b>", "\u001b");
  }

  @Test
  void revisions_of_parents_can_not_steer_the_terminal() {
    LineagePlace model = new LineagePlace.Elsewhere("x");
    assertThat(LineagePlace.parents(model, List.of("org/a@v\u009b31m\u202e")))
        .extracting(LineagePlace::name)
        .containsExactly("org/a@v?31m?");
  }
}
