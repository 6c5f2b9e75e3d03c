// SPDX-License-Identifier: Apache-2.0
package io.merge4j.vocabulary;

import static io.merge4j.vocabulary.TokenizerFolder.added;
import static io.merge4j.vocabulary.TokenizerFolder.bpe;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VocabularyComparisonTest {

  @TempDir Path directory;

  @Test
  void tells_shared_from_moved_and_missing_tokens() {
    TokenizerFolder left = new TokenizerFolder(directory.resolve("left"));
    left.file("tokenizer_config.json", "{\"eos_token\": \"<x>\"}");
    Tokenizer a = left.with(bpe("", "a", "b", "c"), added(3, "<x>", true), added(4, "<y>", true));
    Tokenizer b =
        new TokenizerFolder(directory.resolve("right"))
            .with(bpe("", "b", "a", "c", "d"), added(4, "<y>", false));
    VocabularyComparison comparison = VocabularyComparison.of(a, b);
    assertThat(comparison.shared()).isEqualTo(4);
    assertThat(comparison.moved()).containsExactly("a", "b");
    assertThat(comparison.onlyLeft()).containsExactly("<x>");
    assertThat(comparison.onlyRight()).containsExactly("d");
    assertThat(comparison.flags()).containsExactly("<y>");
    assertThat(comparison.roles()).containsExactly("eos_token");
    assertThat(comparison.isSame()).isFalse();
    assertThat(VocabularyComparison.of(a, a).isSame()).isTrue();
  }
}
