// SPDX-License-Identifier: Apache-2.0
package io.merge4j.plan;

import com.google.common.collect.ImmutableList;
import io.merge4j.MergeException;
import io.merge4j.Recipe;
import io.merge4j.TokenizerChoice;
import io.merge4j.model.Model;
import io.merge4j.model.ModelReference;
import io.merge4j.vocabulary.RowMap;
import io.merge4j.vocabulary.TokenIds;
import io.merge4j.vocabulary.Tokenizer;
import io.merge4j.vocabulary.TokenizerUnion;
import io.merge4j.vocabulary.TokenizerUnion.Member;
import io.merge4j.vocabulary.Vocabulary;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// Finds the vocabulary of the output and where each of its rows comes from.
final class VocabularyPlanner {

  private final TokenizerChoice choice;
  private final ImmutableList<ModelReference> merged;
  private final boolean hasBase;
  private final OpenModels models;
  private final Problems problems;
  private final List<String> remarks;

  /// By model, the reference first.
  private final Map<String, Tokenizer> tokenizers = new LinkedHashMap<>();

  private VocabularyPlanner(
      Recipe recipe, OpenModels models, Problems problems, List<String> remarks) {
    this.choice = recipe.tokenizer();
    this.merged = recipe.models();
    this.hasBase = recipe.base().isPresent();
    this.models = models;
    this.problems = problems;
    this.remarks = remarks;
  }

  /// Plans the vocabulary; empty if the recipe asks for none, or with problems.
  static Optional<PlannedVocabulary> plan(
      Recipe recipe, OpenModels models, Problems problems, List<String> remarks) {
    return recipe
        .tokenizer()
        .source()
        .flatMap(source -> new VocabularyPlanner(recipe, models, problems, remarks).plan(source));
  }

  private Optional<PlannedVocabulary> plan(TokenizerChoice.Source source) {
    merged.forEach(this::read);
    choice.modelsOfTokens().forEach(this::read);
    Optional<Tokenizer> files = files(source);
    if (!problems.isEmpty() || files.isEmpty()) {
      return Optional.empty();
    }
    Tokenizer reference = tokenizer(merged.getFirst().name());
    Optional<TokenizerUnion> union =
        source instanceof TokenizerChoice.Union
            ? Optional.of(TokenizerUnion.of(files.get(), others(), problems::add))
            : Optional.empty();
    Vocabulary vocabulary =
        union.map(TokenizerUnion::vocabulary).orElseGet(() -> files.get().vocabulary());
    RowMap rows = rows(files.get(), vocabulary);
    RowRemarks.add(rows, vocabulary, union, merged.getFirst().name(), remarks);
    return Optional.of(
        new PlannedVocabulary(
            files.get(),
            union.filter(TokenizerUnion::isExtended),
            vocabulary,
            rows,
            TokenIds.between(reference.vocabulary(), vocabulary),
            !files.get().directory().equals(reference.directory())));
  }

  private void read(ModelReference reference) {
    Model model = models.get(reference.name());
    Optional<Tokenizer> tokenizer =
        model.directory().flatMap(directory -> read(model.name(), directory));
    tokenizer.ifPresentOrElse(
        found -> tokenizers.putIfAbsent(model.name(), found), () -> noTokenizer(model.name()));
    if (model.vocabularyRows() == 0) {
      problems.add(
          "Model %s has no embedding with a row per token, which the recipe's tokenizer needs; leave the tokenizer out"
              .formatted(model));
    }
  }

  private Optional<Tokenizer> read(String name, Path directory) {
    try {
      return Tokenizer.read(name, directory, tokenizers.values());
    } catch (MergeException e) {
      problems.add(String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  private void noTokenizer(String model) {
    problems.add(
        "Model %s has no tokenizer that can be read, expected tokenizer.json beside its weights; add it, or leave the recipe's tokenizer out"
            .formatted(model));
  }

  private Tokenizer tokenizer(String model) {
    Tokenizer tokenizer = tokenizers.get(model);
    if (tokenizer == null) {
      throw new IllegalStateException("The tokenizer of " + model + " was not read");
    }
    return tokenizer;
  }

  /// The tokenizer whose files come along; a model that is only named for it needs no weights.
  private Optional<Tokenizer> files(TokenizerChoice.Source source) {
    String name =
        source instanceof TokenizerChoice.OfModel of ? of.model().name() : merged.getFirst().name();
    Tokenizer known = tokenizers.get(name);
    if (known != null || !(source instanceof TokenizerChoice.OfModel)) {
      return Optional.ofNullable(known);
    }
    try {
      Path path = Path.of(name);
      if (Files.isDirectory(path)) {
        Optional<Tokenizer> found = read(name, path);
        if (found.isEmpty()) {
          noTokenizer(name);
        }
        return found;
      }
      try (Model model = Model.open(name)) {
        return model.directory().flatMap(directory -> read(name, directory));
      }
    } catch (MergeException | java.nio.file.InvalidPathException e) {
      problems.add("Cannot open tokenizer source %s: %s".formatted(name, e.getMessage()), e);
      return Optional.empty();
    }
  }

  private List<Member> others() {
    return merged.stream()
        .skip(1)
        .map(reference ->
            new Member(tokenizer(reference.name()), models.get(reference.name()).vocabularyRows()))
        .toList();
  }

  private RowMap rows(Tokenizer files, Vocabulary vocabulary) {
    ImmutableList<String> names = ImmutableList.copyOf(tokenizers.keySet());
    int[][] rows = new int[names.size()][vocabulary.rows()];
    for (int model = 0; model < rows.length; model++) {
      String name = names.get(model);
      fill(rows[model], name, vocabulary, tokenizer(name).equals(files));
    }
    long reference = models.get(merged.getFirst().name()).vocabularyRows();
    long size = Math.max(vocabulary.rows(), choice.keepPadding() ? reference : 0);
    long multiple = choice.padToMultipleOf();
    return new RowMap(
        names,
        merged.size(),
        hasBase ? OptionalInt.of(0) : OptionalInt.empty(),
        rows,
        new TokenRules(choice, models, tokenizers, names, problems).of(vocabulary),
        Math.toIntExact((size + multiple - 1) / multiple * multiple));
  }

  /// The rows of a model, by token; ids that no token has keep their rows in the model whose
  /// vocabulary it is.
  private void fill(int[] rows, String model, Vocabulary vocabulary, boolean own) {
    Vocabulary before = tokenizer(model).vocabulary();
    long size = models.get(model).vocabularyRows();
    for (int row = 0; row < rows.length; row++) {
      rows[row] = own && row < size ? row : -1;
    }
    List<String> beyond = new ArrayList<>();
    boolean same = before.isSameAs(vocabulary);
    vocabulary
        .ids()
        .forEach((token, id) -> {
          OptionalInt row = same ? OptionalInt.of(id) : before.find(token);
          rows[id] = row.isPresent() && row.getAsInt() < size ? row.getAsInt() : -1;
          if (row.isPresent() && row.getAsInt() >= size) {
            beyond.add(token);
          }
        });
    if (!beyond.isEmpty()) {
      remarks.add(
          "Model %s: %d tokens (e.g. \"%s\") lie beyond the %d rows of its embedding and count as absent"
              .formatted(model, beyond.size(), beyond.getFirst(), size));
    }
  }
}
