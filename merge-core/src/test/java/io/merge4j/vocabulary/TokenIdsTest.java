// SPDX-License-Identifier: Apache-2.0
package io.merge4j.vocabulary;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class TokenIdsTest {

  private static final Vocabulary BEFORE =
      new Vocabulary(ImmutableMap.of("<s>", 0, "</s>", 1, "<end>", 2, "<img>", 3));
  private static final Vocabulary AFTER =
      new Vocabulary(ImmutableMap.of("</s>", 0, "<end>", 5, "<img>", 3));

  private static ObjectNode json(String text) {
    return (ObjectNode) JsonMapper.shared().readTree(text);
  }

  @Test
  void ids_follow_their_tokens_and_go_with_them() {
    ObjectNode config =
        json(
            """
            {"bos_token_id": 0, "eos_token_id": [1, 2], "pad_token_id": null, "vocab_size": 2,
             "suppress_tokens": [0], "bad_words_ids": [[1, 2]], "forced_token_id": -1,
             "unknown_token_id": 99,
             "text_config": {"eos_token_id": 2, "image_token_index": 3}}
            """);
    assertThat(TokenIds.between(BEFORE, AFTER).follow(config, Optional.empty()))
        .isEqualTo(
            json(
                """
                {"eos_token_id": [0, 5], "pad_token_id": null, "vocab_size": 2,
                 "bad_words_ids": [[0, 5]], "forced_token_id": -1, "unknown_token_id": 99,
                 "text_config": {"eos_token_id": 5, "image_token_index": 3}}
                """));
  }

  @Test
  void the_model_whose_vocabulary_it_is_knows_best() {
    ObjectNode config = json("{\"eos_token_id\": 2, \"pad_token_id\": 1, \"hidden_size\": 8}");
    ObjectNode own = json("{\"eos_token_id\": [7, 8], \"hidden_size\": 16}");
    assertThat(TokenIds.between(BEFORE, AFTER).follow(config, Optional.of(own)))
        .isEqualTo(json("{\"eos_token_id\": [7, 8], \"pad_token_id\": 0, \"hidden_size\": 8}"));
  }
}
