// SPDX-License-Identifier: Apache-2.0
package io.merge4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.merge4j.MergeException;
import io.merge4j.model.LayerStacks.Stack;
import io.merge4j.tensor.DType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class ModelConfigTest {

  @Test
  void a_stack_changes_depth_and_per_layer_lists() {
    ModelConfig config =
        config(
            """
            {"architectures": ["A", "B", "C", "D"], "num_hidden_layers": 4, "max_window_layers": 4, "eos_token_id": [1, 2, 3, 4],
             "layer_types": ["full", "slide", "slide", "full"], "mlp_only_layers": [0, 3], "rope_scaling": {"factors": [1, 2, 3, 4]}}
            """);
    JsonNode stacked = stack(config, "model.layers.", 4, 3, 0, 1, 0, 3).json();
    assertThat(stacked)
        .isEqualTo(
            json(
                """
                {"architectures": ["A", "B", "C", "D"], "num_hidden_layers": 5, "max_window_layers": 4, "eos_token_id": [1, 2, 3, 4],
                 "layer_types": ["full", "full", "slide", "full", "full"], "mlp_only_layers": [0, 1, 3, 4], "rope_scaling": {"factors": [1, 2, 3, 4]}}
                """));
  }

  @Test
  void numbers_beyond_64_bits_are_none() {
    ModelConfig config =
        config(
            "{\"vocab_size\": 18446744073709551616, \"hidden_size\": 1%s, \"n_layer\": 2%s}"
                .formatted("0".repeat(400), "0".repeat(20)));
    assertThat(config.vocabularySize()).isEmpty();
    assertThat(config.embeddingSize()).isEmpty();
    assertThat(config.depths()).isEmpty();
  }

  @Test
  void layers_of_another_model_bring_their_own_entries() {
    ModelConfig a = config("{\"n_layer\": 2, \"layer_types\": [\"a0\", \"a1\"]}");
    ModelConfig b = config("{\"n_layer\": 3, \"layer_types\": [\"b0\", \"b1\", \"b2\"]}");
    ModelConfig stacked =
        a.withLayers(new Stack("h.", 2, 0), List.of(new LayerOrigin(a, 1), new LayerOrigin(b, 2)));
    assertThat(stacked.json())
        .isEqualTo(json("{\"n_layer\": 2, \"layer_types\": [\"a1\", \"b2\"]}"));
  }

  @Test
  void layers_keep_their_kind_of_attention_where_it_goes_by_their_number() {
    ModelConfig gemma = config("{\"model_type\": \"gemma2\", \"num_hidden_layers\": 4}");
    assertThat(kinds(stack(gemma, "model.layers.", 4, 0, 1, 1, 2)))
        .isEqualTo(
            "[\"sliding_attention\",\"full_attention\",\"full_attention\",\"sliding_attention\"]");
    assertThat(stack(gemma, "model.layers.", 4, 0, 1, 0, 1, 2).listsKinds()).isFalse();
  }

  @Test
  void layers_of_a_section_keep_their_kind_there() {
    ModelConfig gemma =
        config(
            """
            {"model_type": "gemma3", "text_config": {
              "model_type": "gemma3_text", "num_hidden_layers": 4, "sliding_window_pattern": 3}}
            """);
    ModelConfig stacked = stack(gemma, "language_model.model.layers.", 4, 2, 0);
    assertThat(stacked.json().at("/text_config/layer_types").toString())
        .isEqualTo("[\"full_attention\",\"sliding_attention\"]");
    assertThat(stacked.json().has("layer_types")).isFalse();
  }

  @Test
  void a_layer_brings_its_kind_from_a_model_that_does_not_list_it() {
    ModelConfig listed =
        config(
            "{\"model_type\": \"qwen2\", \"n_layer\": 1, \"layer_types\": [\"full_attention\"]}");
    ModelConfig silent =
        config(
            """
            {"model_type": "qwen2", "n_layer": 2, "use_sliding_window": true, "max_window_layers": 1}
            """);
    List<LayerOrigin> layers = List.of(new LayerOrigin(silent, 1), new LayerOrigin(listed, 0));
    String kinds = "[\"sliding_attention\",\"full_attention\"]";
    assertThat(kinds(listed.withLayers(new Stack("h.", 1, 0), layers))).isEqualTo(kinds);
    assertThat(kinds(silent.withLayers(new Stack("h.", 2, 0), layers))).isEqualTo(kinds);
  }

  private static String kinds(ModelConfig config) {
    return config.json().path("layer_types").toString();
  }

  @Test
  void finds_the_section_that_describes_the_stack() {
    ModelConfig config =
        config(
            """
            {"text_config": {"num_hidden_layers": 2, "vocab_size": 7}, "vision_config": {"num_hidden_layers": 2}}
            """);
    assertThat(stack(config, "language_model.model.layers.", 2, 0).json())
        .isEqualTo(
            json(
                """
                {"text_config": {"num_hidden_layers": 1, "vocab_size": 7}, "vision_config": {"num_hidden_layers": 2}}
                """));
    assertThat(
            stack(config, "vision_tower.encoder.layers.", 2, 0)
                .json()
                .at("/vision_config/num_hidden_layers")
                .intValue())
        .isEqualTo(1);
    assertThat(config.vocabularySize()).hasValue(7);
  }

  @Test
  void encoder_and_decoder_have_their_own_depth() {
    ModelConfig t5 = config("{\"num_layers\": 6, \"num_decoder_layers\": 6}");
    assertThat(stack(t5, "decoder.block.", 6, 0, 1).json())
        .isEqualTo(json("{\"num_layers\": 6, \"num_decoder_layers\": 2}"));
    assertThat(stack(t5, "encoder.block.", 6, 0, 1).json())
        .isEqualTo(json("{\"num_layers\": 2, \"num_decoder_layers\": 6}"));
    ModelConfig whisper =
        config("{\"encoder_layers\": 4, \"decoder_layers\": 4, \"num_hidden_layers\": 4}");
    assertThat(stack(whisper, "model.decoder.layers.", 4, 0).json())
        .isEqualTo(
            json("{\"encoder_layers\": 4, \"decoder_layers\": 1, \"num_hidden_layers\": 4}"));
  }

  @Test
  void refuses_to_stack_without_a_number_of_layers() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> stack(config("{\"num_hidden_layers\": 12}"), "groups.", 1, 0, 0))
        .withMessageContaining("groups.");
    assertThat(stack(ModelConfig.EMPTY, "groups.", 1, 0, 0).isEmpty()).isTrue();
  }

  @Test
  void names_types_where_the_configuration_does() {
    assertThat(config("{\"torch_dtype\": \"float32\"}").withDType(DType.BF16).json())
        .isEqualTo(json("{\"torch_dtype\": \"bfloat16\"}"));
    assertThat(
            config("{\"dtype\": \"float32\", \"text_config\": {\"dtype\": \"float32\"}}")
                .withDType(DType.F16)
                .json())
        .isEqualTo(json("{\"dtype\": \"float16\", \"text_config\": {\"dtype\": \"float16\"}}"));
    assertThat(config("{}").withDType(DType.F16).json())
        .isEqualTo(json("{\"torch_dtype\": \"float16\"}"));
  }

  @Test
  void ties_follow_the_model_type_where_the_configuration_is_silent() {
    assertThat(config("{\"model_type\": \"gemma2\"}").tiesEmbeddings()).isTrue();
    assertThat(config("{\"model_type\": \"llama\"}").tiesEmbeddings()).isFalse();
    assertThat(
            config("{\"model_type\": \"gemma2\", \"tie_word_embeddings\": false}").tiesEmbeddings())
        .isFalse();
  }

  @Test
  void keeps_numbers_as_they_were_written(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("config.json");
    Files.writeString(
        file, "{\"rms_norm_eps\": 1e-05, \"rope_theta\": 10000.0, \"n\": 12345678901234567890}");
    String text = ModelConfig.read(file).toString();
    assertThat(text).contains("10000.0").contains("12345678901234567890").endsWith("}\n");
    assertThat(json(text).path("rms_norm_eps").doubleValue()).isEqualTo(1e-5);
  }

  @Test
  void refuses_a_configuration_that_is_no_object(@TempDir Path directory) throws Exception {
    for (String text : new String[] {"[]", "", "{", "{\"a\": 1", "nonsense"}) {
      Path file = directory.resolve("config.json");
      Files.writeString(file, text);
      assertThatExceptionOfType(MergeException.class)
          .isThrownBy(() -> ModelConfig.read(file))
          .withMessageContaining("config.json");
    }
    assertThat(ModelConfig.read(directory.resolve("absent.json")).isEmpty()).isTrue();
  }

  private static ModelConfig stack(
      ModelConfig config, String prefix, int length, Integer... layers) {
    return config.withLayers(
        new Stack(prefix, length, 0),
        Stream.of(layers).map(layer -> new LayerOrigin(config, layer)).toList());
  }

  private static ModelConfig config(String text) {
    return ModelConfig.of(json(text));
  }

  private static ObjectNode json(String text) {
    return (ObjectNode) JsonMapper.shared().readTree(text);
  }
}
