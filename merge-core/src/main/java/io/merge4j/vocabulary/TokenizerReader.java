// SPDX-License-Identifier: Apache-2.0
package io.merge4j.vocabulary;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.merge4j.tensor.SmallFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;

/// Gathers a tokenizer from its files, giving ids as `tokenizers` and `transformers` do.
///
/// The vocabulary proper comes first. An added token that is in it has its id; others are numbered
/// on from the number of its entries, whatever ids the files claim.
final class TokenizerReader {

  private static final List<String> NAMED =
      List.of(
          "bos_token",
          "eos_token",
          "unk_token",
          "sep_token",
          "pad_token",
          "cls_token",
          "mask_token");

  /// The files that decide which ids a whole tokenizer gives.
  static final List<String> FILES =
      List.of(
          Tokenizer.FILE, "tokenizer_config.json", "added_tokens.json", "special_tokens_map.json");

  private final String name;
  private final Path directory;
  private final Map<String, Integer> ids = new LinkedHashMap<>();
  private final Map<String, AddedToken> added = new LinkedHashMap<>();
  private final Map<String, String> roles = new LinkedHashMap<>();
  private int modelSize;
  private int greatestAdded = -1;

  TokenizerReader(String name, Path directory) {
    this.name = name;
    this.directory = directory;
  }

  Optional<Tokenizer> read() throws IOException {
    Optional<TokenizerJson> model = model();
    if (model.isEmpty()) {
      return Optional.empty();
    }
    ids.putAll(model.get().vocabulary());
    modelSize = ids.size();
    model.get().added().forEach(this::add);
    addSettings();
    return Optional.of(
        new Tokenizer(
            name,
            directory,
            model.get().scheme(),
            modelSize,
            new Vocabulary(ImmutableMap.copyOf(ids)),
            ImmutableMap.copyOf(added),
            ImmutableMap.copyOf(roles)));
  }

  private Optional<TokenizerJson> model() throws IOException {
    Path whole = directory.resolve(Tokenizer.FILE);
    if (Files.exists(whole)) {
      return Optional.of(TokenizerJson.read(whole));
    }
    Path pairs = directory.resolve("vocab.json");
    if (Files.exists(pairs)) {
      Map<String, Integer> vocabulary = new LinkedHashMap<>();
      tree(pairs)
          .properties()
          .forEach(entry ->
              vocabulary.put(
                  entry.getKey(),
                  TokenizerJson.id(entry.getValue().asInt(-1), entry.getKey(), "vocab.json")));
      Scheme scheme = new Scheme("BPE", Scheme.Alphabet.BYTES, "", "", "");
      return Optional.of(new TokenizerJson(scheme, vocabulary, ImmutableList.of()));
    }
    Path lines = directory.resolve("vocab.txt");
    if (Files.exists(lines)) {
      Map<String, Integer> vocabulary = new LinkedHashMap<>();
      SmallFile.text(lines).lines().forEach(line -> vocabulary.put(line, vocabulary.size()));
      Scheme scheme = new Scheme("WordPiece", Scheme.Alphabet.CHARACTERS, "##", "", "");
      return Optional.of(new TokenizerJson(scheme, vocabulary, ImmutableList.of()));
    }
    Path pieces = directory.resolve("tokenizer.model");
    if (Files.exists(pieces)) {
      Scheme scheme = new Scheme(Scheme.PIECES, Scheme.Alphabet.MARKED_SPACES, "", "", "");
      return Optional.of(
          new TokenizerJson(scheme, SentencePieces.read(pieces), ImmutableList.of()));
    }
    return Optional.empty();
  }

  private void add(AddedToken token) {
    if (token.content().isEmpty() || added.putIfAbsent(token.content(), token) != null) {
      return;
    }
    int next = greatestAdded >= modelSize ? greatestAdded + 1 : modelSize;
    int id = ids.computeIfAbsent(token.content(), content -> next);
    greatestAdded = Math.max(greatestAdded, id);
  }

  /// What the settings beside the tokenizer add to it.
  private void addSettings() throws IOException {
    JsonNode settings = tree(directory.resolve("tokenizer_config.json"));
    JsonNode decoder = settings.path("added_tokens_decoder");
    JsonNode special = settings;
    if (decoder.isObject()) {
      decoder.properties().stream()
          .sorted(Comparator.comparingInt(entry -> Integer.parseInt(entry.getKey())))
          .map(Map.Entry::getValue)
          .map(flags -> AddedToken.of(flags.path("content").asString(""), flags))
          .forEach(this::add);
    } else {
      tree(directory.resolve("added_tokens.json")).properties().stream()
          .sorted(Comparator.comparingInt(entry -> entry.getValue().asInt()))
          .map(entry -> AddedToken.of(entry.getKey(), MissingNode.getInstance()))
          .forEach(this::add);
      addNamed(tree(directory.resolve("special_tokens_map.json")));
    }
    addNamed(special);
  }

  private void addNamed(JsonNode settings) {
    for (String key : NAMED) {
      String content = content(settings.path(key));
      if (!content.isEmpty()) {
        roles.put(key, content);
        add(AddedToken.special(content));
      }
    }
    JsonNode extra = settings.path("extra_special_tokens");
    addSpecial(extra);
    if (!extra.isArray()) {
      addSpecial(settings.path("additional_special_tokens"));
    }
  }

  /// Adds the tokens of a list, or the values of an object.
  private void addSpecial(JsonNode tokens) {
    tokens.valueStream().map(TokenizerReader::content).map(AddedToken::special).forEach(this::add);
  }

  /// The text of a token that is given as text or as an object.
  private static String content(JsonNode token) {
    return token.isString() ? token.asString() : token.path("content").asString("");
  }

  private static JsonNode tree(Path file) throws IOException {
    if (!Files.exists(file)) {
      return MissingNode.getInstance();
    }
    return JsonMapper.shared().readTree(SmallFile.bytes(file));
  }
}
