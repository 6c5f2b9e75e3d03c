// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import io.merge4j.MergeException;
import io.merge4j.model.Model;
import io.merge4j.vocabulary.Tokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Compares the tokens of a model with the rows of its embedding.
final class VocabularyCheck {

  private VocabularyCheck() {}

  /// Looks at a model; says nothing of one without tokens, or whose embedding is not known.
  ///
  /// @param remarks takes what is odd: models may have tokens without rows that no text has
  static void check(Model model, List<String> remarks) {
    long rows = model.vocabularyRows();
    // A model without an embedding gives the size that its configuration tells.
    if (model.checkpoint().specs().stream().anyMatch(spec -> model.isEmbedding(spec.name()))) {
      model
          .directory()
          .flatMap(directory -> read(model, directory, remarks))
          .ifPresent(tokenizer -> compare(tokenizer, rows, remarks));
    }
  }

  private static Optional<Tokenizer> read(Model model, Path directory, List<String> remarks) {
    try {
      return Tokenizer.read(model.name(), directory);
    } catch (MergeException e) {
      remarks.add("tokens were not compared: " + e.getMessage());
      return Optional.empty();
    }
  }

  private static void compare(Tokenizer tokenizer, long rows, List<String> remarks) {
    List<String> beyond =
        tokenizer.vocabulary().inOrder().stream()
            .filter(token -> tokenizer.vocabulary().find(token).orElseThrow() >= rows)
            .toList();
    if (!beyond.isEmpty()) {
      String token = beyond.getFirst();
      remarks.add(
          "tokens without a row: %d, such as \"%s\" with id %d; the embedding has %d rows, and texts with them cannot be read"
              .formatted(
                  beyond.size(), token, tokenizer.vocabulary().find(token).orElseThrow(), rows));
    }
  }
}
