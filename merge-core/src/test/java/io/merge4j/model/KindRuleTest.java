// SPDX-License-Identifier: Apache-2.0
package io.merge4j.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// The kinds of 14 layers (F full, s sliding, l linear) as the configurations of transformers
/// 5.18.0 list them.
class KindRuleTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          gemma2             |                                                       | sFsFsFsFsFsFsF
          vaultgemma         |                                                       | sFsFsFsFsFsFsF
          gpt_oss            |                                                       | sFsFsFsFsFsFsF
          t5_gemma_module    |                                                       | sFsFsFsFsFsFsF
          gemma3_text        |                                                       | sssssFsssssFss
          gemma3_text        | "sliding_window_pattern": 3                           | ssFssFssFssFss
          gemma3n_text       |                                                       | ssssFssssFssss
          cohere2            |                                                       | sssFsssFsssFss
          cohere2            | "sliding_window_pattern": 3                           | ssFssFssFssFss
          olmo3              |                                                       | sssFsssFsssFss
          modernbert         |                                                       | FssFssFssFssFs
          modernbert-decoder | "global_attn_every_n_layers": 4                       | FsssFsssFsssFs
          qwen2              | "max_window_layers": 5                                | FFFFFFFFFFFFFF
          qwen2              | "max_window_layers": 5, "use_sliding_window": true    | FFFFFsssssssss
          qwen3              | "sliding_window": null, "max_window_layers": 5, "use_sliding_window": true | FFFFFFFFFFFFFF
          qwen2_5_vl         | "use_sliding_window": true                            | FFFFFFFFFFFFFF
          qwen3_next         |                                                       | lllFlllFlllFll
          qwen3_next         | "full_attention_interval": 3                          | llFllFllFllFll
          """)
  void kinds_are_those_that_transformers_derives(String type, String keys, String expected) {
    String more = keys == null ? "" : ", " + keys;
    ObjectNode section = json("{\"model_type\": \"%s\"%s}".formatted(type, more));
    assertThat(
            IntStream.range(0, 14)
                .mapToObj(layer -> KindRule.kind(section, layer).orElse("?"))
                .map(kind -> kind.startsWith("full") ? "F" : kind.substring(0, 1))
                .collect(Collectors.joining()))
        .isEqualTo(expected);
  }

  @Test
  void what_is_unknown_has_no_kind() {
    assertThat(KindRule.kind(json("{\"model_type\": \"llama\"}"), 0)).isEmpty();
    assertThat(
            KindRule.kind(
                json("{\"model_type\": \"cohere2\", \"sliding_window_pattern\": \"LLLG\"}"), 0))
        .isEmpty();
  }

  private static ObjectNode json(String text) {
    return (ObjectNode) JsonMapper.shared().readTree(text);
  }
}
