// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.cli.Cli.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokensCommandTest {

  @TempDir Path temp;

  private Path tokenizer(String name, String model, String settings) throws IOException {
    Path directory = Files.createDirectories(temp.resolve(name));
    Files.writeString(
        directory.resolve("tokenizer.json"),
        """
        {"added_tokens": [], "model": %s}
        """
            .formatted(model));
    Files.writeString(directory.resolve("tokenizer_config.json"), settings);
    return directory;
  }

  @Test
  void shows_what_is_shared_moved_and_missing() throws IOException {
    String words = "{\"type\": \"WordLevel\", \"vocab\": {%s}}";
    Path a =
        tokenizer(
            "a", words.formatted("\"x\": 0, \"y\": 1, \"z\\n\": 2"), "{\"eos_token\": \"x\"}");
    Path b = tokenizer("b", words.formatted("\"y\": 0, \"x\": 1, \"w\": 2"), "{}");

    Result shown = Cli.run("tokens", a, b, "--show", "1");

    assertThat(shown.status()).as(shown.err()).isZero();
    assertThat(shown.out().lines().map(line -> line.strip().replaceAll(" +", " ")))
        .contains(
            "Tokenizer WordLevel on characters",
            "Tokens 3, 1 of them added",
            "eos_token \"x\" = 0",
            "Shared 2 tokens",
            "Moved 2: \"x\" 0 -> 1, ...",
            "Only left 1: \"z\\n\"",
            "Only right 1: \"w\"",
            "eos_token \"x\", none",
            "Tokens 4, 1 more than " + a);
  }

  @Test
  void shows_one_token_at_least() {
    Result refused = Cli.run("tokens", "org/a", "--show", "-1");
    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.err()).contains("--show is -1, expected at least 1").hasLineCount(1);
    assertThat(refused.out()).isEmpty();
  }

  @Test
  void says_why_vocabularies_cannot_be_joined() throws IOException {
    Path a = tokenizer("a", "{\"type\": \"WordLevel\", \"vocab\": {\"x\": 0}}", "{}");
    Path b = tokenizer("b", "{\"type\": \"Unigram\", \"vocab\": [[\"y\", 0]]}", "{}");
    assertThat(Cli.run("tokens", a, b).out())
        .contains("Problem", "Cannot join the tokenizers of " + a + " and " + b);
  }

  @Test
  void a_model_without_a_tokenizer_is_an_error() {
    Result refused = Cli.run("tokens", temp);
    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.err()).contains("has no tokenizer, expected tokenizer.json");
  }
}
