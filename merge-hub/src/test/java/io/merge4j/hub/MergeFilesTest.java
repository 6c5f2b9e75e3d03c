// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class MergeFilesTest {

  private static MergeFiles files(String... paths) {
    return new MergeFiles(
        Arrays.stream(paths)
            .map(path -> new RepositoryFile(path, 1, "0", "0"))
            .collect(ImmutableList.toImmutableList()));
  }

  private static List<String> select(List<String> shards, String... paths) {
    return files(paths).select(shards, List.of("1_Pooling", "2_Dense")).stream()
        .map(RepositoryFile::path)
        .toList();
  }

  @Test
  void takes_safetensors_rather_than_pickles_and_other_formats() {
    assertThat(
            select(
                List.of(),
                "config.json",
                "flax_model.msgpack",
                "model.fp16.safetensors",
                "model.safetensors",
                "model.safetensors.index.json",
                "onnx/model.onnx",
                "pytorch_model.bin",
                "q4_k_m.gguf",
                "tf_model.h5",
                "training_args.bin"))
        .containsExactly("config.json", "model.safetensors");
  }

  @Test
  void takes_the_shards_that_the_index_names() {
    String[] paths = {
      "consolidated.safetensors",
      "model-00001-of-00002.safetensors",
      "model-00002-of-00002.safetensors",
      "model-00003-of-00003.safetensors",
      "model.safetensors.index.json",
      "pytorch_model-00001-of-00001.bin",
      "pytorch_model.bin.index.json"
    };
    assertThat(files(paths).index().map(RepositoryFile::path)).hasValue(paths[4]);
    assertThat(select(List.of(paths[1], paths[2]), paths))
        .containsExactly(paths[1], paths[2], paths[4]);
  }

  @Test
  void takes_pickles_if_there_is_nothing_else() {
    assertThat(select(List.of(), "config.json", "optimizer.bin", "pytorch_model.bin"))
        .containsExactly("config.json", "pytorch_model.bin");
  }

  @Test
  void takes_weights_under_a_name_of_their_own() {
    assertThat(select(List.of(), "consolidated.safetensors", "my-merge.safetensors"))
        .containsExactly("my-merge.safetensors");
    assertThat(select(List.of(), "config.json", "consolidated.safetensors"))
        .containsExactly("config.json", "consolidated.safetensors");
  }

  @Test
  void takes_one_copy_of_an_adapter() {
    assertThat(
            select(
                List.of(),
                "adapter_config.json",
                "adapter_model.bin",
                "adapter_model.safetensors",
                "checkpoint-10/adapter_model.safetensors"))
        .containsExactly("adapter_config.json", "adapter_model.safetensors");
  }

  @Test
  void takes_what_tokenizers_and_configurations_consist_of() {
    String[] wanted = {
      "LICENSE",
      "README.md",
      "additional_chat_templates/tool.jinja",
      "added_tokens.json",
      "chat_template.jinja",
      "generation_config.json",
      "mergekit_config.yml",
      "merges.txt",
      "modeling_custom.py",
      "qwen.tiktoken",
      "special_tokens_map.json",
      "tokenizer.json",
      "tokenizer.model",
      "tokenizer_config.json",
      "vocab.txt"
    };
    assertThat(select(List.of(), wanted)).containsExactly(wanted);
    assertThat(
            select(
                List.of(),
                ".gitattributes",
                "original/params.json",
                "picture.png",
                "requirements.txt",
                "runs/events.json",
                "trainer_state.json"))
        .isEmpty();
  }

  @Test
  void takes_one_copy_of_each_module_and_no_other_folder() {
    assertThat(
            select(
                List.of(),
                "1_Pooling/config.json",
                "2_Dense/config.json",
                "2_Dense/deep/config.json",
                "2_Dense/model.onnx",
                "2_Dense/model.safetensors",
                "2_Dense/pytorch_model.bin",
                "3_Dense/config.json",
                "onnx/config.json",
                "x/1_Pooling/config.json"))
        .containsExactly(
            "1_Pooling/config.json", "2_Dense/config.json", "2_Dense/model.safetensors");
  }
}
