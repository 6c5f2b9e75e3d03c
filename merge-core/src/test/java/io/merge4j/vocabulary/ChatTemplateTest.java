// SPDX-License-Identifier: Apache-2.0
package io.merge4j.vocabulary;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChatTemplateTest {

  @TempDir Path directory;

  @Test
  void built_in_templates_are_known_by_name_and_prompt_the_assistant() {
    assertThat(ChatTemplate.BUILT_IN).hasSize(5);
    for (String name : ChatTemplate.BUILT_IN) {
      assertThat(ChatTemplate.builtIn(name).text()).contains("message['content']", "assistant");
    }
  }

  @Test
  void marks_of_turns_are_found() {
    assertThat(ChatTemplate.builtIn("chatml").marks())
        .containsExactly("<|im_start|>", "<|im_end|>");
    assertThat(ChatTemplate.builtIn("llama3").marks())
        .containsExactly("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>");
    assertThat(ChatTemplate.builtIn("exaone").marks())
        .containsExactly("[|system|]", "[|endofturn|]", "[|user|]", "[|assistant|]");
    assertThat(ChatTemplate.builtIn("mistral").marks()).containsExactly("[INST]", "[/INST]");
    assertThat(ChatTemplate.builtIn("alpaca").marks()).isEmpty();
    assertThat(new ChatTemplate("{{ '<start_of_turn>' + messages[0]['role'] }}").marks())
        .containsExactly("<start_of_turn>");
  }

  @Test
  void the_file_goes_before_the_settings_and_the_default_before_other_names() {
    TokenizerFolder folder = new TokenizerFolder(directory);
    assertThat(ChatTemplate.read(directory)).isEmpty();
    folder.file("chat_template.json", "{\"chat_template\": \"processor\"}");
    assertThat(ChatTemplate.read(directory)).contains(new ChatTemplate("processor"));
    folder.file(
        "tokenizer_config.json",
        """
        {"chat_template": [{"name": "rag", "template": "other"}, {"name": "default", "template": "named"}]}
        """);
    assertThat(ChatTemplate.read(directory)).contains(new ChatTemplate("named"));
    folder.file("chat_template.jinja", "file");
    assertThat(ChatTemplate.read(directory)).contains(new ChatTemplate("file"));
  }
}
