// SPDX-License-Identifier: Apache-2.0
package io.merge4j.vocabulary;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The files of a small tokenizer, made for a test.
final class TokenizerFolder {

  private final Path directory;

  TokenizerFolder(Path directory) {
    this.directory = directory;
  }

  /// An entry of `added_tokens`.
  static String added(int id, String content, boolean special) {
    return """
    {"id": %d, "content": "%s", "single_word": false, "lstrip": false, "rstrip": false,
     "normalized": false, "special": %s}\
    """
        .formatted(id, content, special);
  }

  /// Writes a `tokenizer.json` on bytes with a model and added tokens.
  Tokenizer with(String model, String... added) {
    file(
        "tokenizer.json",
        """
        {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [%s],
         "normalizer": null, "pre_tokenizer": {"type": "ByteLevel"}, "post_processor": null,
         "decoder": {"type": "ByteLevel"}, "model": %s}
        """
            .formatted(String.join(",", added), model));
    return read();
  }

  /// A byte-pair model.
  static String bpe(String merges, String... tokens) {
    List<String> entries = new ArrayList<>();
    for (String token : tokens) {
      entries.add("\"%s\": %d".formatted(token, entries.size()));
    }
    return "{\"type\": \"BPE\", \"unk_token\": null, \"vocab\": {%s}, \"merges\": [%s]}"
        .formatted(String.join(", ", entries), merges);
  }

  TokenizerFolder file(String name, String text) {
    try {
      Files.createDirectories(directory);
      Files.writeString(directory.resolve(name), text);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Tokenizer read() {
    return Tokenizer.read(String.valueOf(directory.getFileName()), directory).orElseThrow();
  }
}
