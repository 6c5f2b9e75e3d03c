// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.MergeReport;
import io.merge4j.Merger;
import io.merge4j.Output;
import io.merge4j.TokenizerChoice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/// What becomes of tokenizers, templates and other files beside the weights.
class VocabularyFilesTest extends VocabularyMerges {

  @Test
  void a_models_tokenizer_brings_its_template_and_its_ends() throws IOException {
    write(
        a, "generation_config.json", "{\"eos_token_id\": 1, \"bos_token_id\": 0, \"top_p\": 0.9}");
    write(a, "chat_template.jinja", "a");
    write(a, "processor_config.json", "{\"image_token_id\": 1, \"image_token\": \"t1\"}");
    write(b, "generation_config.json", "{\"eos_token_id\": [1, 2]}");
    write(b, "chat_template.jinja", "b");
    run(average(TokenizerChoice.of(b)));
    assertThat(json("generation_config.json"))
        .isEqualTo(
            JsonMapper.shared()
                .readTree("{\"eos_token_id\": [1, 2], \"bos_token_id\": 1, \"top_p\": 0.9}"));
    assertThat(json("processor_config.json").path("image_token_id").intValue()).isZero();
    assertThat(directory.resolve("out/chat_template.jinja")).hasContent("b");
  }

  @Test
  void other_files_of_the_base_come_along_and_code_on_request() throws IOException {
    for (String name : List.of("LICENSE", "preprocessor_config.json", "modeling_x.py", ".hidden")) {
      write(a, name, "{}");
    }
    write(a, "pytorch_model.bin", "weights");
    Files.createDirectories(a.resolve("additional_chat_templates"));
    write(a, "additional_chat_templates/rag.jinja", "rag");
    MergeReport report = run(average(TokenizerChoice.NONE));
    assertThat(report.files())
        .contains(
            "LICENSE",
            "preprocessor_config.json",
            "tokenizer.json",
            "additional_chat_templates/rag.jinja")
        .doesNotContain("modeling_x.py", ".hidden", "pytorch_model.bin");
    assertThat(directory.resolve("out/additional_chat_templates/rag.jinja")).hasContent("rag");
    Path code = directory.resolve("code");
    average(TokenizerChoice.NONE)
        .writeTo(code, Output.DEFAULT.sync(false).copyCode(true).copyTokenizer(false));
    assertThat(code.resolve("modeling_x.py")).exists();
    assertThat(code.resolve("tokenizer.json")).doesNotExist();
  }

  @Test
  void code_in_folders_comes_along_on_request_too() throws IOException {
    write(a, "modules.json", "[{\"path\": \"1_Own\"}]");
    for (String folder : List.of("1_Own", "additional_chat_templates")) {
      Files.createDirectories(a.resolve(folder));
      write(a, folder + "/own.PY", "code");
    }
    write(a, "1_Own/config.json", "{}");
    assertThat(run(average(TokenizerChoice.NONE)).files())
        .contains("1_Own/config.json")
        .noneMatch(name -> name.endsWith(".PY"));
    Path code = directory.resolve("code");
    average(TokenizerChoice.NONE).writeTo(code, Output.DEFAULT.sync(false).copyCode(true));
    assertThat(code.resolve("1_Own/own.PY")).exists();
    assertThat(code.resolve("additional_chat_templates")).doesNotExist();
  }

  @Test
  void settings_of_an_extended_tokenizer_follow() throws IOException {
    write(
        a,
        "tokenizer_config.json",
        "{\"tokenizer_class\": \"LlamaTokenizer\", \"auto_map\": {}, \"added_tokens_decoder\": {}}");
    write(
        b,
        "tokenizer_config.json",
        "{\"added_tokens_decoder\": {\"2\": {\"content\": \"u\", \"special\": true}}}");
    write(a, "added_tokens.json", "{\"t0\": 0}");
    write(a, "vocab.json", "{}");
    run(average(TokenizerChoice.union()));
    assertThat(json("tokenizer_config.json").path("tokenizer_class").asString())
        .isEqualTo("PreTrainedTokenizerFast");
    assertThat(json("tokenizer_config.json").has("auto_map")).isFalse();
    assertThat(json("tokenizer_config.json").at("/added_tokens_decoder/12/content").asString())
        .isEqualTo("u");
    assertThat(json("added_tokens.json").path("u").intValue()).isEqualTo(12);
    assertThat(json("tokenizer.json").at("/added_tokens/0/special").booleanValue()).isTrue();
  }

  @Test
  void a_chat_template_is_written_where_all_versions_read_it() throws IOException {
    MergeReport report = run(average(TokenizerChoice.union().chatTemplate("chatml")));
    String template = Files.readString(directory.resolve("out/chat_template.jinja"));
    assertThat(template).contains("<|im_start|>");
    assertThat(json("tokenizer_config.json").path("chat_template").asString()).isEqualTo(template);
    assertThat(report.plan().remarks())
        .anyMatch(remark ->
            remark.contains("\"<|im_start|>\", \"<|im_end|>\", which the vocabulary lacks"));
  }

  @Test
  void auto_takes_the_template_that_most_models_have() throws IOException {
    Path c = model("c", 2, 3, "t0", "t1", "t2");
    write(a, "chat_template.jinja", "one");
    write(b, "tokenizer_config.json", "{\"chat_template\": \"other\"}");
    write(c, "chat_template.jinja", "other");
    run(
        Merger.taskArithmetic()
            .base(a)
            .model(b)
            .weight(1)
            .model(c)
            .weight(1)
            .tokenizer(TokenizerChoice.base().chatTemplate("auto")));
    assertThat(directory.resolve("out/chat_template.jinja")).hasContent("other");
  }
}
