// SPDX-License-Identifier: Apache-2.0
package io.merge4j.vocabulary;

import static io.merge4j.vocabulary.TokenizerFolder.added;
import static io.merge4j.vocabulary.TokenizerFolder.bpe;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.merge4j.MergeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The ids are those that transformers 5.18 gives when it loads the same files.
class TokenizerTest {

  @TempDir Path directory;
  private TokenizerFolder folder;

  @BeforeEach
  void makeFolder() {
    folder = new TokenizerFolder(directory);
  }

  @Test
  void added_tokens_are_numbered_on_whatever_ids_they_claim() {
    Tokenizer tokenizer =
        folder.with(
            bpe("\"a b\"", "a", "b", "ab"),
            added(7, "<x>", true),
            added(1, "b", true),
            added(9, "<y>", false));
    assertThat(tokenizer.vocabulary().ids())
        .isEqualTo(Map.of("a", 0, "b", 1, "ab", 2, "<x>", 3, "<y>", 4));
    assertThat(tokenizer.modelSize()).isEqualTo(3);
    assertThat(tokenizer.added()).containsOnlyKeys("<x>", "b", "<y>");
    assertThat(tokenizer.outsideModel()).containsExactly("<x>", "<y>");
    assertThat(tokenizer.vocabulary().isDense()).isTrue();
  }

  @Test
  void settings_beside_it_add_tokens() {
    folder.file(
        "tokenizer_config.json",
        """
        {"added_tokens_decoder": {
           "9": {"content": "<late>", "special": false}, "4": {"content": "<early>", "special": true}},
         "eos_token": {"content": "<eos>"}, "bos_token": "a", "pad_token": "<pad>",
         "additional_special_tokens": ["<more>", "<early>"]}
        """);
    Tokenizer tokenizer = folder.with(bpe("", "a", "b"), added(2, "<x>", true));
    assertThat(tokenizer.vocabulary().inOrder())
        .containsExactly("a", "b", "<x>", "<early>", "<late>", "<eos>", "<pad>", "<more>");
    assertThat(tokenizer.added().get("<late>").special()).isFalse();
    assertThat(tokenizer.roles())
        .isEqualTo(Map.of("bos_token", "a", "eos_token", "<eos>", "pad_token", "<pad>"));
  }

  @Test
  void older_companions_count_where_the_settings_have_no_list() {
    folder
        .file("added_tokens.json", "{\"<b>\": 5, \"<a>\": 4}")
        .file("special_tokens_map.json", "{\"unk_token\": \"<unk>\"}");
    assertThat(folder.with(bpe("", "a", "b")).vocabulary().inOrder())
        .containsExactly("a", "b", "<a>", "<b>", "<unk>");
  }

  @Test
  void newer_settings_go_before_older_ones_of_the_same_meaning() {
    folder.file(
        "tokenizer_config.json",
        """
        {"mask_token": "<mask>", "bos_token": "<bos>", "extra_special_tokens": ["<e1>"],
         "additional_special_tokens": ["<e2>"]}
        """);
    assertThat(folder.with(bpe("", "a")).vocabulary().inOrder())
        .containsExactly("a", "<bos>", "<mask>", "<e1>");
  }

  @Test
  void equal_files_are_read_once() {
    Tokenizer first = folder.with(bpe("", "a"), added(1, "<x>", true));
    Path copy = directory.resolve("copy");
    new TokenizerFolder(copy).with(bpe("", "a"), added(1, "<x>", true));
    Tokenizer second = Tokenizer.read("copy", copy, List.of(first)).orElseThrow();
    assertThat(second.vocabulary()).isSameAs(first.vocabulary());
    assertThat(second.name()).isEqualTo("copy");
    new TokenizerFolder(copy).file("tokenizer_config.json", "{\"eos_token\": \"</s>\"}");
    assertThat(Tokenizer.read("copy", copy, List.of(first)).orElseThrow().vocabulary().inOrder())
        .containsExactly("a", "<x>", "</s>");
  }

  @Test
  void reads_a_list_of_pieces_with_scores() {
    Tokenizer tokenizer =
        folder.with(
            "{\"unk_id\": 0, \"vocab\": [[\"<unk>\", 0.0], [\"\\u2581a\", -1.5], [\"b\", -2]]}");
    assertThat(tokenizer.scheme().kind()).isEqualTo("Unigram");
    assertThat(tokenizer.vocabulary().inOrder()).containsExactly("<unk>", "\u2581a", "b");
  }

  @ParameterizedTest
  @ValueSource(strings = {"BPE", "Unigram", "WordPiece", "WordLevel"})
  void tells_the_kind_from_the_type(String kind) {
    Tokenizer tokenizer = folder.with("{\"type\": \"%s\", \"vocab\": {\"a\": 0}}".formatted(kind));
    assertThat(tokenizer.scheme().kind()).isEqualTo(kind);
  }

  @Test
  void tells_the_kind_of_old_files_without_a_type() {
    assertThat(folder.with("{\"vocab\": {\"a\": 0}, \"merges\": []}").scheme().kind())
        .isEqualTo("BPE");
    assertThat(
            folder
                .with("{\"vocab\": {\"a\": 0}, \"continuing_subword_prefix\": \"##\"}")
                .scheme()
                .kind())
        .isEqualTo("WordPiece");
  }

  @Test
  void tells_the_alphabet() {
    folder.file(
        "tokenizer.json",
        "{\"decoder\": {\"type\": \"Replace\", \"pattern\": {\"String\": \"\u2581\"}}, \"model\": {\"vocab\": {}, \"merges\": []}}");
    assertThat(folder.read().scheme().alphabet()).isEqualTo(Scheme.Alphabet.MARKED_SPACES);
    assertThat(folder.with(bpe("")).scheme().alphabet()).isEqualTo(Scheme.Alphabet.BYTES);
  }

  @Test
  void reads_older_forms() throws IOException {
    folder.file("vocab.json", "{\"a\": 0, \"b\": 1}").file("merges.txt", "#version: 0.2\n");
    assertThat(folder.read().vocabulary().inOrder()).containsExactly("a", "b");
    Files.delete(directory.resolve("vocab.json"));
    folder.file("vocab.txt", "[PAD]\n[UNK]\n##s\n");
    assertThat(folder.read().vocabulary().inOrder()).containsExactly("[PAD]", "[UNK]", "##s");
    assertThat(folder.read().file()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"2147483647", "2000000000", "-1", "1.5e9", "\"x\""})
  void refuses_ids_that_ask_for_rows_without_end(String id) {
    folder.file("vocab.json", "{\"a\": %s}".formatted(id));
    assertThatThrownBy(folder::read)
        .hasMessageContaining("token \"a\" has id")
        .hasMessageContaining("in vocab.json, expected 0 to 16777215");
  }

  @Test
  void reads_the_pieces_of_a_sentencepiece_model() throws IOException {
    byte[] model = {
      10, 13, 10, 5, '<', 'u', 'n', 'k', '>', 21, 0, 0, 0, 0, 24, //
      2, 10, 3, 10, 1, 'a', 18, 2, 8, 1, 10, 5, 24, 1, 10, 1, 'b'
    };
    model[1] = 14;
    Files.write(directory.resolve("tokenizer.model"), model);
    assertThat(folder.read().vocabulary().inOrder()).containsExactly("<unk>", "a", "b");
  }

  @Test
  void a_directory_without_a_tokenizer_has_none() {
    assertThat(Tokenizer.read("x", directory)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "{",
        "",
        "{\"model\": 3}",
        "{\"model\": {\"vocab\": {\"a\": \"b\"}}}",
        "{\"model\": {\"vocab\": {\"a\": -1}}}",
        "{\"model\": {\"vocab\": {\"a\": 2000000000}}}",
        "{\"model\": {\"vocab\": [[\"a\", 1, 2]]}}"
      })
  void damaged_files_are_errors_that_name_the_model(String text) {
    folder.file("tokenizer.json", text);
    assertThatThrownBy(() -> folder.read())
        .isInstanceOf(MergeException.class)
        .hasMessageContaining("Cannot read the tokenizer of " + directory.getFileName());
  }
}
