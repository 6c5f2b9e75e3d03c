// SPDX-License-Identifier: Apache-2.0
package io.merge4j.vocabulary;

import static io.merge4j.vocabulary.TokenizerFolder.added;
import static io.merge4j.vocabulary.TokenizerFolder.bpe;
import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.vocabulary.TokenizerUnion.Member;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class TokenizerUnionTest {

  @TempDir Path directory;
  private final List<String> problems = new ArrayList<>();

  private TokenizerFolder folder(String name) {
    return new TokenizerFolder(directory.resolve(name));
  }

  private TokenizerUnion union(Tokenizer base, Tokenizer... others) {
    return TokenizerUnion.of(
        base,
        Arrays.stream(others).map(each -> new Member(each, Long.MAX_VALUE)).toList(),
        problems::add);
  }

  /// Writes a union and reads it back; its ids must be those that were planned.
  private JsonNode written(TokenizerUnion union) throws IOException {
    Path out = directory.resolve("out");
    Files.createDirectories(out);
    try (OutputStream output = Files.newOutputStream(out.resolve("tokenizer.json"))) {
      union.write(output);
    }
    Tokenizer read = Tokenizer.read("out", out).orElseThrow();
    assertThat(read.vocabulary()).isEqualTo(union.vocabulary());
    assertThat(read.vocabulary().isDense()).isTrue();
    return JsonMapper.shared().readTree(out.resolve("tokenizer.json").toFile());
  }

  @Test
  void added_tokens_of_others_are_added_with_their_flags() throws IOException {
    Tokenizer base = folder("base").with(bpe("\"a b\"", "a", "b", "ab"), added(3, "<x>", true));
    Tokenizer other =
        folder("other")
            .with(bpe("\"a b\"", "a", "b", "ab"), added(3, "<y>", false), added(4, "<x>", false));
    TokenizerUnion union = union(base, other);
    JsonNode json = written(union);
    assertThat(union.vocabulary().inOrder()).containsExactly("a", "b", "ab", "<x>", "<y>");
    assertThat(json.path("added_tokens").size()).isEqualTo(2);
    assertThat(json.at("/added_tokens/0/special").booleanValue()).isTrue();
    assertThat(json.at("/added_tokens/1/id").intValue()).isEqualTo(4);
    assertThat(json.at("/added_tokens/1/special").booleanValue()).isFalse();
    assertThat(json.at("/model/vocab").size()).isEqualTo(3);
    assertThat(problems).isEmpty();
  }

  @Test
  void the_union_with_itself_is_not_extended() {
    Tokenizer base = folder("base").with(bpe("", "a", "b"), added(2, "<x>", true));
    assertThat(union(base, base).isExtended()).isFalse();
    assertThat(union(base, base).newTokens()).isZero();
  }

  @Test
  void learned_tokens_join_with_their_merges_and_move_no_token_of_the_base() throws IOException {
    Tokenizer base = folder("base").with(bpe("\"a b\"", "a", "b", "ab"), added(3, "<x>", true));
    Tokenizer other =
        folder("other")
            .with(
                bpe(
                    "[\"b\", \"a\"], [\"ba\", \"ba\"], [\"a\", \"b\"]",
                    "a",
                    "b",
                    "ba",
                    "ab",
                    "baba"),
                added(5, "<y>", true));
    TokenizerUnion union = union(base, other);
    JsonNode json = written(union);
    assertThat(union.vocabulary().inOrder())
        .containsExactly("a", "b", "ab", "<x>", "ba", "baba", "<y>");
    assertThat(json.at("/model/merges").toString()).isEqualTo("[\"a b\",\"b a\",\"ba ba\"]");
    assertThat(json.at("/model/vocab/<x>").intValue()).isEqualTo(3);
    assertThat(problems).isEmpty();
  }

  @Test
  void merges_are_spelled_as_in_the_base() throws IOException {
    Tokenizer base = folder("base").with(bpe("[\"a\", \"b\"]", "a", "b", "ab"));
    Tokenizer other = folder("other").with(bpe("\"b a\"", "a", "b", "ba"));
    assertThat(written(union(base, other)).at("/model/merges").toString())
        .isEqualTo("[[\"a\",\"b\"],[\"b\",\"a\"]]");
  }

  @Test
  void merges_of_tokens_with_spaces_are_pairs() throws IOException {
    Tokenizer base = folder("base").with(bpe("\"a b\"", "a", "b", "ab"));
    Tokenizer other = folder("other").with(bpe("[\" \", \"a\"]", "a", " ", " a"));
    assertThat(written(union(base, other)).at("/model/merges").toString())
        .isEqualTo("[[\"a\",\"b\"],[\" \",\"a\"]]");
  }

  private static String unigram(String pieces) {
    return "{\"type\": \"Unigram\", \"unk_id\": 0, \"vocab\": [%s]}".formatted(pieces);
  }

  /// An added token for single words.
  private static String word(int id, String content) {
    return added(id, content, false).replace("\"single_word\": false", "\"single_word\": true");
  }

  @Test
  void pieces_join_with_their_scores() throws IOException {
    Tokenizer base =
        folder("base").with(unigram("[\"<unk>\", 0], [\"a\", -1.5]"), added(2, "<x>", true));
    Tokenizer other = folder("other").with(unigram("[\"<unk>\", 0], [\"b\", -1.25]"));
    assertThat(written(union(base, other)).at("/model/vocab").toString())
        .isEqualTo("[[\"<unk>\",0],[\"a\",-1.5],[\"<x>\",-5.5],[\"b\",-1.25]]");
    assertThat(problems).isEmpty();
  }

  @Test
  void pieces_score_no_less_than_the_base_s_so_that_unknown_characters_do_not() throws IOException {
    Tokenizer base = folder("base").with(unigram("[\"<unk>\", 0], [\"a\", -1.5]"));
    Tokenizer other = folder("other").with(unigram("[\"<unk>\", 0], [\"b\", -2.25]"));
    assertThat(written(union(base, other)).at("/model/vocab").toString())
        .isEqualTo("[[\"<unk>\",0],[\"a\",-1.5],[\"b\",-1.5]]");
  }

  @Test
  void added_tokens_whose_characters_are_pieces_are_found_by_no_unigram() {
    String pieces = "[\"<unk>\", 0], [\"o\", -2], [\"w\", -9]";
    Tokenizer base = folder("base").with(unigram(pieces), added(0, "<unk>", true), word(3, "ow"));
    Tokenizer other = folder("other").with(unigram("[\"n\", -1]"));
    assertThat(union(base, other).remarks()).isEmpty();
  }

  @Test
  void an_added_token_that_a_unigram_can_find_is_remarked_upon() {
    Tokenizer base =
        folder("base")
            .with(unigram("[\"<unk>\", 0], [\"o\", -2]"), added(0, "<unk>", true), word(2, "ow"));
    Tokenizer other = folder("other").with(unigram("[\"n\", -1]"));
    assertThat(union(base, other).remarks())
        .singleElement()
        .asString()
        .contains("1 added tokens of base", "\"ow\"", "take tokenizer_source base");
    assertThat(union(base).remarks()).isEmpty();
  }

  @Test
  void a_lower_score_of_unknown_characters_is_remarked_upon_where_it_decides() {
    Tokenizer base =
        folder("base")
            .with(
                unigram("[\"<unk>\", 0], [\"o\", -2], [\"ox\", -2]"),
                added(0, "<unk>", true),
                word(3, "oo"));
    Tokenizer other = folder("other").with(unigram("[\"n\", -1]"));
    assertThat(union(base, other).remarks())
        .singleElement()
        .asString()
        .contains("Pieces of base", "\"ox\"", "unknown characters");
  }

  @Test
  void added_tokens_that_word_pieces_can_find_are_remarked_upon() {
    Tokenizer base =
        folder("base")
            .file(
                "tokenizer.json",
                """
                {"added_tokens": [%s, %s, %s], "pre_tokenizer": {"type": "BertPreTokenizer"},
                 "model": {"type": "WordPiece", "continuing_subword_prefix": "##",
                           "vocab": {"[UNK]": 0, "a": 1}}}
                """
                    .formatted(
                        added(2, "[E1]", true),
                        word(3, "brow"),
                        added(4, "fox", false)
                            .replace("\"normalized\": false", "\"normalized\": true")))
            .read();
    Tokenizer other =
        folder("other")
            .file(
                "tokenizer.json",
                """
                {"added_tokens": [],
                 "model": {"type": "WordPiece", "continuing_subword_prefix": "##",
                           "vocab": {"b": 0}}}
                """)
            .read();
    assertThat(union(base, other).remarks())
        .singleElement()
        .asString()
        .contains("1 added tokens of base", "\"brow\"");
  }

  @Test
  void word_pieces_join() throws IOException {
    String model =
        "{\"type\": \"WordPiece\", \"continuing_subword_prefix\": \"##\", \"vocab\": {%s}}";
    Tokenizer base = folder("base").with(model.formatted("\"a\": 0, \"##b\": 1"));
    Tokenizer other = folder("other").with(model.formatted("\"##c\": 0, \"a\": 1"));
    assertThat(written(union(base, other)).at("/model/vocab").toString())
        .isEqualTo("{\"a\":0,\"##b\":1,\"##c\":2}");
    assertThat(problems).isEmpty();
  }

  @Test
  void tokens_without_a_row_stay_out() {
    Tokenizer base = folder("base").with(bpe("", "a"));
    Tokenizer other = folder("other").with(bpe("", "a", "b", "c"));
    TokenizerUnion union = TokenizerUnion.of(base, List.of(new Member(other, 2)), problems::add);
    assertThat(union.vocabulary().inOrder()).containsExactly("a", "b");
  }

  @Test
  void other_kinds_of_tokens_cannot_join() {
    Tokenizer base = folder("base").with(bpe("", "a"));
    Tokenizer other = folder("other").with("{\"type\": \"Unigram\", \"vocab\": [[\"b\", 0]]}");
    union(base, other);
    assertThat(problems)
        .singleElement()
        .asString()
        .contains(
            "base", "other", "1 tokens", "\"b\"", "BPE on bytes and Unigram on bytes", "take");
  }

  @Test
  void other_kinds_with_nothing_new_but_added_tokens_can() throws IOException {
    Tokenizer base = folder("base").with(bpe("", "a"));
    Tokenizer other =
        folder("other")
            .with("{\"type\": \"Unigram\", \"vocab\": [[\"a\", 0]]}", added(1, "<x>", true));
    assertThat(written(union(base, other)).at("/added_tokens/0/content").asString())
        .isEqualTo("<x>");
    assertThat(problems).isEmpty();
  }

  @Test
  void a_base_without_its_whole_file_cannot_be_extended() {
    Tokenizer base = folder("base").file("vocab.json", "{\"a\": 0}").read();
    union(base, folder("other").with(bpe("", "a"), added(1, "<x>", true)));
    assertThat(problems)
        .singleElement()
        .asString()
        .contains("no tokenizer.json", "save_pretrained");
  }

  @Test
  void added_tokens_in_gaps_of_the_base_keep_their_order() throws IOException {
    Tokenizer base =
        folder("base")
            .with(
                "{\"type\": \"WordLevel\", \"vocab\": {\"a\": 0, \"b\": 1, \"c\": 5}}",
                added(3, "<x>", true),
                added(5, "c", true));
    assertThat(written(union(base)).at("/model/vocab").toString())
        .isEqualTo("{\"a\":0,\"b\":1,\"c\":3,\"<x>\":2}");
  }

  @Test
  void gaps_in_the_base_are_closed_and_templates_follow() throws IOException {
    folder("base")
        .file(
            "tokenizer.json",
            """
            {"added_tokens": [],
             "post_processor": {"type": "Sequence", "processors": [
               {"type": "TemplateProcessing", "special_tokens": {
                 "b": {"id": "b", "ids": [4], "tokens": ["b"]}}},
               {"type": "BertProcessing", "sep": ["b", 4], "cls": ["a", 0]}]},
             "padding": {"pad_id": 4, "pad_token": "b"},
             "model": {"type": "WordLevel", "vocab": {"a": 0, "b": 4}}}
            """);
    JsonNode json = written(union(folder("base").read()));
    assertThat(json.at("/model/vocab/b").intValue()).isEqualTo(1);
    assertThat(json.at("/post_processor/processors/0/special_tokens/b/ids/0").intValue())
        .isEqualTo(1);
    assertThat(json.at("/post_processor/processors/1/sep/1").intValue()).isEqualTo(1);
    assertThat(json.at("/padding/pad_id").intValue()).isEqualTo(1);
  }
}
