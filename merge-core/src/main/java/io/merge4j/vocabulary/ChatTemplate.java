// SPDX-License-Identifier: Apache-2.0
package io.merge4j.vocabulary;

import com.google.common.collect.ImmutableSet;
import io.merge4j.MergeException;
import io.merge4j.tensor.SmallFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// How the turns of a conversation become a text: a Jinja template, which is never run here.
///
/// @param text the template
public record ChatTemplate(String text) {

  /// The file that current versions of transformers read.
  public static final String FILE = "chat_template.jinja";

  /// Names of the built-in templates.
  public static final ImmutableSet<String> BUILT_IN =
      ImmutableSet.of("alpaca", "chatml", "exaone", "llama3", "mistral");

  /// `<|name|>`, `[|name|]`, `<some_name>`, `[NAME]`.
  private static final Pattern MARKS =
      Pattern.compile(
          "<\\|\\w+\\|>|\\[\\|\\w+\\|]|</?[a-z]+(?:_[a-z]+)+>|\\[/?[A-Z]+(?:_[A-Z]+)*]");

  /// A built-in template.
  ///
  /// @param name one of [#BUILT_IN]
  public static ChatTemplate builtIn(String name) {
    String file = "templates/" + name + ".jinja";
    try (InputStream input = ChatTemplate.class.getResourceAsStream(file)) {
      if (input == null) {
        throw new IllegalArgumentException(
            "No chat template \"%s\", expected one of %s".formatted(name, BUILT_IN));
      }
      return new ChatTemplate(new String(input.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The template of the model in a directory: `chat_template.jinja`, else that of
  /// `tokenizer_config.json`, else of `chat_template.json`; of several, the default one.
  ///
  /// @throws MergeException if a file cannot be read
  public static Optional<ChatTemplate> read(Path directory) {
    try {
      Path file = directory.resolve(FILE);
      if (Files.exists(file)) {
        return Optional.of(new ChatTemplate(SmallFile.text(file)));
      }
      for (String name : List.of("tokenizer_config.json", "chat_template.json")) {
        Path settings = directory.resolve(name);
        if (Files.exists(settings)) {
          JsonNode json = JsonMapper.shared().readTree(SmallFile.text(settings));
          Optional<ChatTemplate> found = of(json.path("chat_template"));
          if (found.isPresent()) {
            return found;
          }
        }
      }
      return Optional.empty();
    } catch (IOException | JacksonException e) {
      throw new MergeException(
          "Cannot read the chat template in %s: %s".formatted(directory, e.getMessage()), e);
    }
  }

  private static Optional<ChatTemplate> of(JsonNode node) {
    if (node.isString()) {
      return Optional.of(new ChatTemplate(node.asString()));
    }
    return node.valueStream()
        .filter(entry -> entry.path("name").asString("").equals("default"))
        .map(entry -> entry.path("template"))
        .filter(JsonNode::isString)
        .map(template -> new ChatTemplate(template.asString()))
        .findFirst();
  }

  /// Marks of turns in the text that look like tokens of their own.
  public ImmutableSet<String> marks() {
    return MARKS
        .matcher(text)
        .results()
        .map(MatchResult::group)
        .collect(ImmutableSet.toImmutableSet());
  }
}
