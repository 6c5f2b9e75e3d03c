// SPDX-License-Identifier: Apache-2.0
package io.merge4j.vocabulary;

import com.google.common.collect.ImmutableMap;
import io.merge4j.MergeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;

/// The tokenizer of a model: its vocabulary with the ids that `transformers` gives when it loads
/// the files.
///
/// @param name the model, for messages
/// @param directory where its files lie
/// @param scheme how it makes its tokens
/// @param modelSize number of entries of the vocabulary proper, without tokens added to it
/// @param vocabulary all tokens
/// @param added flags of the added tokens, in the order in which they were added
/// @param roles the tokens with a part to play, by key: `bos_token`, `eos_token` and so on
public record Tokenizer(
    String name,
    Path directory,
    Scheme scheme,
    int modelSize,
    Vocabulary vocabulary,
    ImmutableMap<String, AddedToken> added,
    ImmutableMap<String, String> roles) {

  /// The file that holds a whole tokenizer.
  public static final String FILE = "tokenizer.json";

  /// Reads the tokenizer in a directory: `tokenizer.json`, else `vocab.json` or `vocab.txt`, else a
  /// SentencePiece model; with the tokens that `tokenizer_config.json` and its companions add.
  ///
  /// @param name the model, for messages
  /// @return empty if there is none
  /// @throws MergeException if there is one that cannot be read
  public static Optional<Tokenizer> read(String name, Path directory) {
    try {
      return Files.isDirectory(directory)
          ? new TokenizerReader(name, directory).read()
          : Optional.empty();
    } catch (JacksonException e) {
      throw new MergeException(
          "Cannot read the tokenizer of %s: %s".formatted(name, e.getOriginalMessage()), e);
    } catch (IOException | IllegalArgumentException e) {
      throw new MergeException(
          "Cannot read the tokenizer of %s: %s".formatted(name, e.getMessage()), e);
    }
  }

  /// Reads the tokenizer in a directory, unless its files are those of a known one, as those of
  /// fine-tunes often are.
  ///
  /// @throws MergeException if there is one that cannot be read
  public static Optional<Tokenizer> read(String name, Path directory, Iterable<Tokenizer> known) {
    for (Tokenizer other : known) {
      if (other.hasFilesOf(directory)) {
        return Optional.of(
            new Tokenizer(
                name,
                directory,
                other.scheme,
                other.modelSize,
                other.vocabulary,
                other.added,
                other.roles));
      }
    }
    return read(name, directory);
  }

  private boolean hasFilesOf(Path other) {
    try {
      for (String file : TokenizerReader.FILES) {
        Path own = directory.resolve(file);
        Path theirs = other.resolve(file);
        boolean both = Files.exists(own) && Files.exists(theirs);
        if (Files.exists(own) != Files.exists(theirs)
            || (both && Files.mismatch(own, theirs) >= 0)) {
          return false;
        }
      }
      return file().isPresent();
    } catch (IOException e) {
      return false;
    }
  }

  /// Added tokens that the vocabulary proper lacks, by ascending id.
  List<String> outsideModel() {
    return added.keySet().stream()
        .filter(token -> vocabulary.find(token).orElseThrow() >= modelSize)
        .toList();
  }

  /// The file with all of the tokenizer, if there is one.
  public Optional<Path> file() {
    Path file = directory.resolve(FILE);
    return Files.exists(file) ? Optional.of(file) : Optional.empty();
  }
}
