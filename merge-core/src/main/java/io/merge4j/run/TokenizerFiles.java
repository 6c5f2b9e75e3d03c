// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import com.google.common.collect.ImmutableSet;
import io.merge4j.plan.PlannedVocabulary;
import io.merge4j.vocabulary.AddedToken;
import io.merge4j.vocabulary.ChatTemplate;
import io.merge4j.vocabulary.Tokenizer;
import io.merge4j.vocabulary.TokenizerUnion;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// The files of a tokenizer: copied, and rewritten where a union extends them.
final class TokenizerFiles {

  static final String CONFIG = "tokenizer_config.json";

  private static final String PROCESSOR_TEMPLATE = "chat_template.json";

  /// The class that takes `tokenizer.json` as it is, in all versions of transformers.
  private static final String GENERIC = "PreTrainedTokenizerFast";

  private static final ImmutableSet<String> GENERICS =
      ImmutableSet.of(GENERIC, "TokenizersBackend");

  /// Files with parts of a tokenizer, which an extended vocabulary makes stale.
  private static final ImmutableSet<String> PARTS =
      ImmutableSet.of(
          "tokenizer.model",
          "tokenizer.model.v3",
          "vocab.json",
          "vocab.txt",
          "vocab.bpe",
          "encoder.json",
          "merges.txt",
          "spiece.model",
          "spm.model",
          "sentencepiece.bpe.model",
          "tekken.json");

  private static final ImmutableSet<String> WHOLE =
      ImmutableSet.of(
          Tokenizer.FILE,
          CONFIG,
          "special_tokens_map.json",
          "added_tokens.json",
          ChatTemplate.FILE,
          PROCESSOR_TEMPLATE);

  private static final String TEMPLATES = "additional_chat_templates";

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private TokenizerFiles() {}

  /// Whether a file or directory of that name belongs to a tokenizer.
  static boolean contains(String name) {
    return WHOLE.contains(name) || PARTS.contains(name) || name.endsWith(".tiktoken");
  }

  /// Copies a tokenizer.
  static void copy(Path source, OutputFiles files) throws IOException {
    files.copyAll(source, TokenizerFiles::contains);
    copyTemplates(source, files);
  }

  /// Of that directory transformers reads these files alone.
  private static void copyTemplates(Path source, OutputFiles files) throws IOException {
    files.copyDirectory(source, TEMPLATES, name -> name.endsWith(".jinja"));
  }

  /// Writes the tokenizer of a planned vocabulary.
  static void write(PlannedVocabulary vocabulary, OutputFiles files) throws IOException {
    Path source = vocabulary.files().directory();
    Optional<TokenizerUnion> union = vocabulary.union();
    if (union.isEmpty()) {
      copy(source, files);
      return;
    }
    boolean learned = !union.get().learned().isEmpty() || !isDense(union.get());
    files.copyAll(
        source,
        name ->
            contains(name)
                && !name.equals(Tokenizer.FILE)
                && !name.equals(CONFIG)
                && !name.equals("added_tokens.json")
                && !(learned && isPart(name)));
    copyTemplates(source, files);
    files.write(Tokenizer.FILE, union.get()::write);
    files.write(
        CONFIG, JSON.writeValueAsString(config(union.get(), files.read(source, CONFIG))) + "\n");
    ObjectNode added = files.read(source, "added_tokens.json");
    if (!added.isEmpty()) {
      ObjectNode ids = JSON.createObjectNode();
      added
          .propertyNames()
          .forEach(
              token -> union.get().vocabulary().find(token).ifPresent(id -> ids.put(token, id)));
      union
          .get()
          .added()
          .keySet()
          .forEach(token -> ids.put(token, union.get().vocabulary().find(token).orElseThrow()));
      files.write("added_tokens.json", JSON.writeValueAsString(ids) + "\n");
    }
  }

  /// Writes a chat template to where transformers reads it, now and formerly.
  static void write(ChatTemplate template, OutputFiles files) throws IOException {
    files.write(ChatTemplate.FILE, template.text());
    for (String name : List.of(CONFIG, PROCESSOR_TEMPLATE)) {
      boolean tokenizer = name.equals(CONFIG) && files.written().contains(Tokenizer.FILE);
      if (tokenizer || files.written().contains(name)) {
        ObjectNode config = files.read(files.directory(), name);
        config.put("chat_template", template.text());
        files.write(name, JSON.writeValueAsString(config) + "\n");
      }
    }
  }

  private static boolean isDense(TokenizerUnion union) {
    return union.base().vocabulary().isDense();
  }

  private static boolean isPart(String name) {
    return PARTS.contains(name) || name.endsWith(".tiktoken");
  }

  private static ObjectNode config(TokenizerUnion union, ObjectNode config) {
    if (!GENERICS.contains(config.path("tokenizer_class").asString(""))) {
      config.put("tokenizer_class", GENERIC);
    }
    config.remove("auto_map");
    if (config.path("added_tokens_decoder").isObject()) {
      ObjectNode decoder = config.putObject("added_tokens_decoder");
      put(union, union.base().added(), decoder);
      put(union, union.added(), decoder);
    }
    return config;
  }

  private static void put(
      TokenizerUnion union, Map<String, AddedToken> tokens, ObjectNode decoder) {
    tokens.forEach((token, flags) ->
        flags.put(decoder.putObject("" + union.vocabulary().find(token).orElseThrow())));
  }
}
