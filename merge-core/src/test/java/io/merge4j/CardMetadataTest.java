// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Front matter of cards as people write them, and as it is printed.
class CardMetadataTest {

  @Test
  void reads_what_the_hub_reads() {
    CardMetadata card =
        CardMetadata.parse(
            """
            ---
            base_model:
            - org/a
            - org/b
            base_model_relation: merge
            license: Other
            license_name: our-terms
            license_link: LICENSE
            library_name: transformers
            tags: [merge]
            ---
            # Text
            ---
            license: mit
            """);

    assertThat(card.baseModels()).containsExactly("org/a", "org/b");
    assertThat(card.relation()).isEqualTo("merge");
    assertThat(card.license()).hasValue(new License("other", "our-terms", "LICENSE"));
    assertThat(card.library()).isEqualTo("transformers");
    assertThat(card.tags()).containsExactly("merge");
  }

  @Test
  void takes_single_values_other_line_ends_and_space_before() {
    CardMetadata card =
        CardMetadata.parse("\ufeff\r\n---\r\nbase_model: org/a\r\nlicense: [mit]\r\n--- \r\ntext");

    assertThat(card.baseModels()).containsExactly("org/a");
    assertThat(card.license()).hasValue(License.of("mit"));
    assertThat(CardMetadata.parse("---\nlicense: [mit, gpl-3.0]\n---\n").license())
        .hasValue(new License("other", "mit, gpl-3.0", ""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "# Text",
        "---\nlicense: mit\n",
        "---\nlicense: [\n---\n",
        "---\n- a\n---\n",
        "---\n---\n",
        "text\n---\nlicense: mit\n---\n",
        "---\nlicense: {a: b}\nbase_model: 7\n---\n",
        "---\nlicense: !!java.net.URL [\"http://localhost\"]\n---\n"
      })
  void a_card_without_valid_front_matter_tells_nothing(String card) {
    assertThat(CardMetadata.parse(card)).isEqualTo(CardMetadata.NONE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mit",
        "yes",
        "1.0",
        "a: b",
        "- a",
        "#a",
        "---",
        "a\n---\nlicense: mit",
        "\"a'",
        "{a}",
        "*a",
        "a #b"
      })
  void what_is_printed_reads_the_same(String text) {
    CardMetadata card =
        new CardMetadata(
            ImmutableList.of(text, "org/b"),
            text,
            text,
            Optional.of(new License("other", text, text)),
            ImmutableList.of(text));

    assertThat(CardMetadata.parse(card.frontMatter() + "---\nlicense: mit\n---\n")).isEqualTo(card);
  }

  @Test
  void a_missing_card_tells_nothing(@TempDir Path directory) throws IOException {
    assertThat(CardMetadata.read(directory.resolve("README.md"))).isEqualTo(CardMetadata.NONE);
    Files.write(directory.resolve("README.md"), new byte[] {(byte) 0xff, 0, 1});
    assertThat(CardMetadata.read(directory.resolve("README.md"))).isEqualTo(CardMetadata.NONE);
  }

  @Test
  void finds_the_models_of_any_configuration() {
    assertThat(
            Recipe.modelsIn(
                """
                base_model: org/base
                gate_mode: hidden
                experts:
                - source_model: org/a
                  positive_prompts: [x]
                slices:
                - sources: [{model: org/b+org/lora, layer_range: [0, 2]}]
                - sources: [{model: {model: {path: org/c}}}]
                """))
        .containsExactlyInAnyOrder("org/base", "org/a", "org/b+org/lora", "org/c");
  }
}
