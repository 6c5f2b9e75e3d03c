// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableMap;
import io.merge4j.MergeReport;
import io.merge4j.Merger;
import io.merge4j.model.Model;
import io.merge4j.model.ModelId;
import io.merge4j.safetensors.Safetensors;
import io.merge4j.tensor.Checkpoint;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Models by id: opened, planned with, merged.
class HubModelsTest extends HubFixture {

  private static final int ELEMENTS = 100_000;

  @BeforeEach
  void publish() {
    server.repo("org/a").commit("main", LoopbackHub.COMMIT_A, model(1, "a"));
    Map<String, byte[]> sharded = model(3, "b");
    byte[] weights = Objects.requireNonNull(sharded.remove("model.safetensors"));
    sharded.put("model-00001-of-00001.safetensors", weights);
    sharded.put(
        "model.safetensors.index.json",
        Bytes.text("{\"weight_map\":{\"w\":\"model-00001-of-00001.safetensors\"}}"));
    sharded.put("pytorch_model.bin", Bytes.random(1000, 4));
    server.repo("org/b").commit("v2", LoopbackHub.COMMIT_B, sharded);
  }

  private static Map<String, byte[]> model(float value, String tokenizer) {
    String header =
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[%d],\"data_offsets\":[0,%d]}}"
            .formatted(ELEMENTS, 4 * ELEMENTS);
    ByteBuffer file =
        ByteBuffer.allocate(8 + header.length() + 4 * ELEMENTS).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(header.length()).put(header.getBytes(StandardCharsets.US_ASCII));
    while (file.hasRemaining()) {
      file.putFloat(value);
    }
    Map<String, byte[]> files = new TreeMap<>();
    files.put("config.json", Bytes.text("{\"model_type\":\"llama\"}"));
    files.put("tokenizer.json", Bytes.text("\"" + tokenizer + "\""));
    files.put("model.safetensors", file.array());
    return files;
  }

  private Model open(Hub hub, String id) throws IOException {
    return new HubModels(hub).open(ModelId.parse(id)).orElseThrow();
  }

  private Path weights(String repo, String commit, String name) {
    return cache.resolve("models--org--" + repo + "/snapshots/" + commit).resolve(name);
  }

  @Test
  void opening_reads_headers_and_small_files_only() throws IOException {
    try (Model model = open(hub(), "org/a")) {
      assertThat(model.name()).isEqualTo("org/a");
      assertThat(model.config().modelType()).hasValue("llama");
      assertThat(model.checkpoint().specs()).extracting("name").containsExactly("w");
      assertThat(model.checkpoint().bytesToFetch()).isGreaterThan(4 * ELEMENTS);
      assertThat(model.directory().orElseThrow().resolve("tokenizer.json")).exists();
    }
    assertThat(weights("a", LoopbackHub.COMMIT_A, "model.safetensors")).doesNotExist();
    assertThat(server.cdn.seen()).allMatch(seen -> seen.headers().containsKey("range"));
  }

  @Test
  void repositories_of_old_have_a_name_alone() throws Exception {
    server.repo("org/gpt2").commit("main", LoopbackHub.COMMIT_A, model(2, "g"));
    server.repo("gpt2").movedTo = "org/gpt2";
    try (Model model = open(hub(), "gpt2")) {
      assertThat(model.checkpoint().specs()).extracting("name").containsExactly("w");
    }
    assertThat(new HubModels(hub()).open(ModelId.parse("model.safetensors"))).isEmpty();
    for (String offline : List.of("0", "1")) {
      assertThat(run(2, offline, recipe("gpt3")))
          .contains("\"gpt3\": no such directory or file; and as a repository: Cannot ");
    }
  }

  @Test
  void tells_what_the_downloads_take() throws IOException {
    try (Model model = open(hub(), "org/a")) {
      ImmutableMap<Path, Long> space = model.checkpoint().spaceToFetch();
      assertThat(space.values()).containsExactly(model.checkpoint().bytesToFetch());
      assertThat(space.keySet()).allMatch(blob -> blob.startsWith(cache) && !Files.exists(blob));
      model.checkpoint().fetch(received -> {});
      assertThat(space.keySet()).allMatch(Files::exists);
      assertThat(model.checkpoint().spaceToFetch()).isEmpty();
    }
  }

  @Test
  void reading_a_tensor_downloads_the_weights() throws IOException {
    float[] values = new float[2];
    try (Model model = open(hub(), "org/b@v2")) {
      Checkpoint checkpoint = model.checkpoint();
      checkpoint.find("w").orElseThrow().read(ELEMENTS - 2, 2, values, 0);
      assertThat(checkpoint.bytesToFetch()).isZero();
    }
    assertThat(values).containsExactly(3, 3);
    assertThat(weights("b", LoopbackHub.COMMIT_B, "model-00001-of-00001.safetensors")).exists();
    assertThat(weights("b", LoopbackHub.COMMIT_B, "pytorch_model.bin")).doesNotExist();
  }

  @Test
  void merges_open_models_and_again_offline() throws IOException {
    for (boolean offline : List.of(false, true)) {
      Hub hub = builder().offline(offline).build();
      Path out = temporary.resolve("out-" + offline);
      try (Model a = open(hub, "org/a");
          Model b = open(hub, "org/b@v2")) {
        MergeReport report = Merger.linear().model(a).weight(0.5).model(b).weight(0.5).writeTo(out);
        assertThat(report.plan().remarks()).hasSize(offline ? 0 : 2);
      }
      assertMerged(out);
    }
  }

  private static void assertMerged(Path out) {
    float[] values = new float[1];
    try (Model merged = Model.open(out)) {
      merged.checkpoint().find("w").orElseThrow().read(ELEMENTS - 1, 1, values, 0);
    }
    assertThat(values).containsExactly(2);
    assertThat(out.resolve("tokenizer.json")).hasContent("\"a\"");
    assertThat(out.resolve("README.md")).content().contains("base_model:\n  - org/a\n  - org/b\n");
  }

  @Test
  void a_recipe_names_models_by_id() throws Exception {
    Path recipe = recipe("org/b@v2");
    Path out = temporary.resolve("out");

    assertThat(run(0, "0", recipe))
        .contains("Model org/a is remote: 400", "Model org/b@v2 is remote: 400");
    assertThat(weights("a", LoopbackHub.COMMIT_A, "model.safetensors")).doesNotExist();
    assertThat(run(0, "0", recipe, out)).contains("org/a ").contains("org/b@v2 ");
    assertMerged(out);
    int requests = server.hub.seen().size();
    assertThat(run(0, "1", recipe, temporary.resolve("again"))).isEmpty();
    assertMerged(temporary.resolve("again"));
    assertThat(server.hub.seen()).hasSize(requests);
  }

  @Test
  void what_the_hub_refuses_is_a_problem_of_the_plan() throws Exception {
    server.repo("org/c").commit("main", LoopbackHub.COMMIT_A, model(1, "c")).isGated = true;

    assertThat(run(2, "0", recipe("org/nothing"))).contains("org/nothing");
    assertThat(run(2, "0", recipe("org/c"))).contains("org/c").contains("gated");
    assertThat(run(2, "0", recipe("org/b@v3"))).contains("v3");
    assertThat(run(2, "1", recipe("org/b@v2"), temporary.resolve("out"))).contains("offline");
    assertThat(temporary.resolve("out")).doesNotExist();
  }

  @Test
  void says_what_it_found_instead_of_weights() {
    server.repo("org/old").commit("main", COMMIT, Map.of("consolidated.00.pth", new byte[9]));
    server.repo("org/text").commit("main", COMMIT, Map.of("README.md", new byte[9]));

    assertThatThrownBy(() -> open(hub(), "org/old"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("org/old holds consolidated.00.pth, expected model.safetensors");
    assertThatThrownBy(() -> open(hub(), "org/text")).hasMessageContaining("holds no weights");
  }

  @Test
  void pytorch_files_come_when_a_model_is_opened() throws IOException {
    byte[] first = resource("first.bin");
    byte[] second = resource("second.bin");
    Map<String, byte[]> single = new TreeMap<>(Map.of("pytorch_model.bin", first));
    single.put("config.json", Bytes.text("{\"model_type\":\"llama\"}"));
    single.put("optimizer.bin", Bytes.random(1000, 7));
    server.repo("org/single").commit("main", LoopbackHub.COMMIT_A, single);
    Map<String, byte[]> sharded = new TreeMap<>();
    sharded.put("pytorch_model-00001-of-00002.bin", first);
    sharded.put("pytorch_model-00002-of-00002.bin", second);
    sharded.put(
        "pytorch_model.bin.index.json",
        Bytes.text(
            "{\"weight_map\":{\"a.weight\":\"pytorch_model-00001-of-00002.bin\",\"b.weight\":\"pytorch_model-00002-of-00002.bin\"}}"));
    server.repo("org/sharded").commit("main", LoopbackHub.COMMIT_B, sharded);
    for (boolean offline : List.of(false, true)) {
      Hub hub = builder().offline(offline).build();
      try (Model one = open(hub, "org/single");
          Model two = open(hub, "org/sharded")) {
        assertThat(one.config().modelType()).hasValue("llama");
        assertThat(one.checkpoint().bytesToFetch()).isZero();
        assertThat(one.checkpoint().specs()).extracting("name").containsExactly("a.weight");
        assertThat(two.checkpoint().specs())
            .extracting("name")
            .containsExactlyInAnyOrder("a.weight", "b.weight");
        float[] values = new float[4];
        two.checkpoint().find("b.weight").orElseThrow().read(0, 4, values, 0);
        assertThat(values).containsExactly(5, 6, 7, 8);
      }
    }
    assertThat(weights("single", LoopbackHub.COMMIT_A, "optimizer.bin")).doesNotExist();
  }

  private static byte[] resource(String name) throws IOException {
    return Files.readAllBytes(Path.of("src/test/resources/torch").resolve(name));
  }

  @Test
  void an_adapter_may_be_named_by_id() throws Exception {
    publish("org/base", "model.safetensors", Tensor.of("layer.weight", Shape.of(2, 2), 1, 2, 3, 4));
    for (String name : List.of("org/one", "org/two")) {
      publish(
          name,
          "adapter_model.safetensors",
          Tensor.of("base_model.model.layer.lora_A.weight", Shape.of(1, 2), 1, 0),
          Tensor.of("base_model.model.layer.lora_B.weight", Shape.of(2, 1), 10, 20));
    }
    Path recipe = temporary.resolve("recipe.yml");
    Files.writeString(
        recipe, "{merge_method: passthrough, models: [{model: org/base+org/one@main}]}");
    assertThat(run(0, "0", recipe)).contains("org/base+org/one@main is remote");
    Path out = temporary.resolve("out");
    assertThat(run(0, "0", recipe, out)).contains("org/base");
    assertThat(values(out, "layer.weight")).containsExactly(11, 2, 23, 4);

    Files.writeString(
        recipe,
        "{merge_method: linear, parameters: {weight: 1}, models: [{model: org/one}, {model: org/two}]}");
    Path adapter = temporary.resolve("adapter");
    assertThat(run(0, "0", recipe, adapter)).contains("org/two");
    assertThat(values(adapter, "base_model.model.layer.lora_B.weight"))
        .containsExactly(5, 5, 10, 10);
    assertThat(run(0, "1", recipe, temporary.resolve("offline"))).isEmpty();
  }

  private void publish(String repo, String file, Tensor... tensors) throws IOException {
    Path written = temporary.resolve(file);
    Safetensors.write(written, List.of(tensors));
    Map<String, byte[]> content = new TreeMap<>();
    content.put(file, Files.readAllBytes(written));
    Files.delete(written);
    if (file.startsWith("adapter")) {
      content.put("adapter_config.json", Bytes.text("{\"r\": 1, \"lora_alpha\": 1}"));
    }
    server.repo(repo).commit("main", LoopbackHub.COMMIT_A, content);
  }

  private static float[] values(Path directory, String tensor) {
    try (Model model = Model.open(directory)) {
      float[] values = new float[4];
      model.checkpoint().find(tensor).orElseThrow().read(0, 4, values, 0);
      return values;
    }
  }

  @Test
  void a_path_is_no_id() throws IOException {
    for (String place : List.of("./org/a", "/org/a", "a.bin", "org/a/b", "org\\a")) {
      assertThat(new HubModels(hub()).open(ModelId.parse(place))).as(place).isEmpty();
    }
    assertThat(server.hub.seen()).isEmpty();
  }

  private Path recipe(String second) throws IOException {
    return Files.writeString(
        temporary.resolve("recipe.yml"),
        """
        merge_method: linear
        models:
        - model: org/a
          parameters: {weight: 0.5}
        - model: %s
          parameters: {weight: 0.5}
        """
            .formatted(second));
  }

  private String run(int status, String offline, Path... arguments) throws Exception {
    ProcessBuilder process =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            classPath(),
            MergeProcess.class.getName());
    Stream.of(arguments).map(Path::toString).forEach(process.command()::add);
    process
        .environment()
        .putAll(
            Map.of(
                "HF_ENDPOINT", server.hub.url(),
                "HF_HOME", temporary.resolve("home").toString(),
                "HF_HUB_CACHE", cache.toString(),
                "HF_HUB_OFFLINE", offline));
    process.environment().remove("HF_TOKEN");
    process.redirectError(ProcessBuilder.Redirect.INHERIT);
    Process running = process.start();
    String output = new String(running.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(running.waitFor()).as(output).isEqualTo(status);
    return output;
  }
}
