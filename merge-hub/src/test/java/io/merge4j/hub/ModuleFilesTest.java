// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.merge4j.Merger;
import io.merge4j.Output;
import io.merge4j.model.Model;
import io.merge4j.model.ModelId;
import io.merge4j.safetensors.Safetensors;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Files in folders of a repository that belong to a model: those of sentence-transformers' modules
/// and more chat templates.
class ModuleFilesTest extends HubFixture {

  private static final String MODULES =
      """
      [{"path": ""}, {"path": "1_Pooling"}, {"path": "2_Dense"}, {"path": "3_Normalize"},
       {"path": "../outside"}, {"path": "/absolute"}, {"path": "back\\\\slash"}, {"path": "."},
       {"path": "onnx/deep"}, {"path": 7}, {}]\
      """;

  private static final List<String> IN_FOLDERS =
      List.of("1_Pooling/config.json", "2_Dense/config.json", "2_Dense/model.safetensors");

  private final Map<String, byte[]> model = new TreeMap<>();

  @BeforeEach
  void fill() throws IOException {
    Path written = temporary.resolve("model.safetensors");
    Safetensors.write(written, List.of(Tensor.of("w", Shape.of(2), 1, 2)));
    model.put("model.safetensors", Files.readAllBytes(written));
    model.put("config.json", Bytes.text("{\"model_type\":\"bert\"}"));
    model.put("modules.json", Bytes.text(MODULES));
    model.put("additional_chat_templates/rag.jinja", Bytes.text("rag"));
    model.put("1_Pooling/config.json", Bytes.text("{\"pooling_mode_mean_tokens\":true}"));
    model.put("2_Dense/config.json", Bytes.text("{\"out_features\":2}"));
    model.put("2_Dense/model.safetensors", Bytes.random(1000, 1));
    // What is not to come:
    model.put("2_Dense/pytorch_model.bin", Bytes.random(1000, 2));
    model.put("2_Dense/deep/config.json", Bytes.text("{}"));
    model.put("4_Unnamed/config.json", Bytes.text("{}"));
    model.put("7/config.json", Bytes.text("{}"));
    model.put("absolute/config.json", Bytes.text("{}"));
    model.put("back\\slash/config.json", Bytes.text("{}"));
    model.put("onnx/config.json", Bytes.text("{}"));
    model.put("onnx/deep/config.json", Bytes.text("{}"));
    model.put("onnx/model.onnx", Bytes.random(1000, 3));
    model.put("openvino/openvino_model.xml", Bytes.text("<xml/>"));
  }

  private void publish() {
    server.repo(MODEL).commit("main", COMMIT, model);
  }

  private Path snapshot() {
    return folder().resolve("snapshots").resolve(COMMIT);
  }

  /// Merges the model with itself.
  ///
  /// @return the output
  private Path merge(Hub hub, String name) throws IOException {
    Path out = temporary.resolve(name);
    try (Model a = open(hub);
        Model b = open(hub)) {
      Merger.slerp(a, b).t(0.5).writeTo(out, Output.DEFAULT.sync(false));
    }
    return out;
  }

  private static Model open(Hub hub) throws IOException {
    return new HubModels(hub).open(ModelId.parse(MODEL)).orElseThrow();
  }

  private static List<String> folders(Path directory) throws IOException {
    try (Stream<Path> walk = Files.walk(directory)) {
      return walk.filter(Files::isRegularFile)
          .map(file -> directory.relativize(file).toString().replace('\\', '/'))
          .filter(path -> path.contains("/"))
          .sorted()
          .toList();
    }
  }

  private void assertCameAlong(Path directory) throws IOException {
    List<String> expected =
        Stream.concat(IN_FOLDERS.stream(), Stream.of("additional_chat_templates/rag.jinja"))
            .toList();
    assertThat(folders(directory)).containsExactlyElementsOf(expected);
    for (String path : expected) {
      assertThat(directory.resolve(path)).as(path).hasBinaryContent(model.get(path));
    }
  }

  @Test
  void folders_of_modules_and_chat_templates_come_along_online_and_offline() throws IOException {
    publish();
    assertCameAlong(merge(hub(), "online"));
    assertCameAlong(snapshot());
    server.hub.forget();
    server.cdn.forget();
    assertCameAlong(merge(builder().offline(true).build(), "offline"));
    assertThat(server.hub.seen()).isEmpty();
    assertThat(server.cdn.seen()).isEmpty();
  }

  @Test
  void a_download_of_what_a_merge_needs_has_them() throws IOException {
    publish();
    assertCameAlong(hub().download(MODEL));
    server.hub.forget();
    assertCameAlong(hub().download(MODEL));
    assertThat(server.hub.seen()).as("the commit only").hasSize(1);
  }

  @Test
  void they_lie_in_the_cache_as_huggingface_hub_has_them() throws IOException {
    publish();
    open(hub()).close();
    for (String path : IN_FOLDERS) {
      byte[] content = model.get(path);
      String etag = path.endsWith("json") ? Bytes.gitSha1(content) : Bytes.sha256(content);
      assertThat(Files.readSymbolicLink(snapshot().resolve(path)))
          .isEqualTo(Path.of("../../../blobs/" + etag));
    }
    assertThat(snapshot().resolve("model.safetensors")).doesNotExist();
  }

  @Test
  void a_cache_with_weights_but_without_them_does_offline() throws IOException {
    publish();
    Snapshot whole = hub().open(MODEL);
    List<String> there = List.of("config.json", "model.safetensors");
    whole.download(file -> there.contains(file.path()), DownloadListener.none());
    Hub offline = builder().offline(true).build();
    assertThat(folders(merge(offline, "bare"))).isEmpty();
    Path _ = whole.path("modules.json");
    assertThat(merge(offline, "named").resolve("modules.json")).exists();
    assertThatThrownBy(() -> offline.download(MODEL))
        .isInstanceOf(HubException.class)
        .hasMessageContaining("Cannot download 1_Pooling/config.json, 2_Dense/config.json")
        .hasMessageContaining("offline");
  }

  @Test
  void chat_templates_come_along_without_modules() throws IOException {
    model.remove("modules.json");
    publish();
    assertThat(folders(merge(hub(), "out"))).containsExactly("additional_chat_templates/rag.jinja");
  }

  @Test
  void pytorch_weights_of_a_module_come_where_there_are_no_others() throws IOException {
    model.remove("2_Dense/model.safetensors");
    publish();
    assertThat(folders(merge(hub(), "out"))).contains("2_Dense/pytorch_model.bin");
  }

  @Test
  void a_modules_file_that_is_none_comes_along_without_folders() throws IOException {
    model.put("modules.json", Bytes.text("[{\"path\": \"1_Pooling\""));
    publish();
    Path out = merge(hub(), "out");
    assertThat(out.resolve("modules.json")).hasBinaryContent(model.get("modules.json"));
    assertThat(out.resolve("1_Pooling")).doesNotExist();
  }
}
