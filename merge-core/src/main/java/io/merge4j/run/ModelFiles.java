// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.merge4j.MergePlan;
import io.merge4j.Output;
import io.merge4j.model.Model;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;

/// The files beside the weights: configuration, tokenizer, card and the recipe.
final class ModelFiles {

  private static final ImmutableSet<String> TOKENIZER =
      ImmutableSet.of(
          "tokenizer.json",
          "tokenizer_config.json",
          "tokenizer.model",
          "special_tokens_map.json",
          "added_tokens.json",
          "vocab.json",
          "vocab.txt",
          "merges.txt",
          "spiece.model",
          "sentencepiece.bpe.model",
          "chat_template.jinja",
          "chat_template.json");

  private static final ImmutableSet<String> OTHERS =
      ImmutableSet.of(
          "generation_config.json", "preprocessor_config.json", "processor_config.json");

  private final Path directory;
  private final Output output;
  private final ImmutableList.Builder<String> written = ImmutableList.builder();

  ModelFiles(Path directory, Output output) {
    this.directory = directory;
    this.output = output;
  }

  /// Writes all files, and the configuration last: a directory without it is no model.
  ///
  /// @param reference the model that gives tokenizer and generation settings
  /// @return the names of the files
  ImmutableList<String> write(MergePlan plan, Model reference) throws IOException {
    if (reference.directory().isPresent()) {
      copyFrom(reference.directory().get());
    }
    write("mergekit_config.yml", plan.recipe().toYaml());
    if (output.card()) {
      write("README.md", ModelCard.of(plan));
    }
    if (!plan.config().isEmpty()) {
      write("config.json", plan.config().toString());
    }
    return written.build();
  }

  private void copyFrom(Path source) throws IOException {
    try (Stream<Path> files = Files.list(source)) {
      for (Path file : files.sorted().toList()) {
        String name = String.valueOf(file.getFileName());
        boolean wanted =
            OTHERS.contains(name) || (output.copyTokenizer() && TOKENIZER.contains(name));
        if (wanted && Files.isRegularFile(file)) {
          Files.copy(file, directory.resolve(name));
          finish(name);
        }
      }
    }
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(directory.resolve(name), text);
    finish(name);
  }

  private void finish(String name) throws IOException {
    if (output.sync()) {
      try (FileChannel channel =
          FileChannel.open(directory.resolve(name), StandardOpenOption.WRITE)) {
        channel.force(true);
      }
    }
    written.add(name);
  }
}
