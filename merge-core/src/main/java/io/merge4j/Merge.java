// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import io.merge4j.run.MergeRun;
import java.nio.file.Path;

/// A merge that is complete enough to run: a [Recipe], or the last step of a fluent chain.
@FunctionalInterface
public interface Merge {

  /// What is merged.
  Recipe recipe();

  /// This merge with another tokenizer; without a choice rows of vocabularies are merged by number,
  /// and the base's tokenizer comes along.
  default Recipe tokenizer(TokenizerChoice choice) {
    return recipe().withTokenizer(choice);
  }

  /// This merge with another chat template: `auto` for the most common of the models, the name of a
  /// built-in one (alpaca, chatml, exaone, llama3, mistral), or Jinja text.
  default Recipe chatTemplate(String template) {
    return tokenizer(recipe().tokenizer().chatTemplate(template));
  }

  /// This merge, of adapters, with another rank of the adapter that it makes.
  default Recipe adapter(AdapterRank rank) {
    return recipe().withAdapter(rank);
  }

  /// Checks the merge against its models and tells what it would write, reading configurations and
  /// tensor headers only.
  ///
  /// @throws RecipeException if it cannot be carried out; lists all problems
  /// @throws MergeException if this thread was interrupted
  default MergePlan plan() {
    return plan(Output.DEFAULT);
  }

  /// Checks the merge as it would be written with `output`.
  ///
  /// @throws RecipeException if it cannot be carried out; lists all problems
  /// @throws MergeException if this thread was interrupted
  default MergePlan plan(Output output) {
    return MergeRun.plan(recipe(), output);
  }

  /// Checks the merge as it would be written to `directory` with `output`, as [#writeTo(Path,
  /// Output)] does, and writes nothing.
  ///
  /// @throws RecipeException if it cannot be carried out, or not there
  /// @throws MergeException if this thread was interrupted
  default MergePlan plan(Path directory, Output output) {
    return MergeRun.plan(recipe(), directory, output);
  }

  /// Merges into a model directory, or, if the path ends in `.safetensors`, into one file of
  /// weights; adapters into the directory of an adapter.
  ///
  /// @param directory where to; it is absent or whole at any time, and must not exist or be empty
  /// @throws RecipeException if the merge cannot be carried out; nothing was written then
  /// @throws MergeException if it failed while running; the directory is as it was before
  default MergeReport writeTo(Path directory) {
    return writeTo(directory, Output.DEFAULT);
  }

  /// Merges into a model directory, or, if the path ends in `.safetensors`, into one file of
  /// weights, whatever the shard size.
  ///
  /// @param directory where to; it is absent or whole at any time
  /// @param output type, shard size, threads and the like
  /// @throws RecipeException if the merge cannot be carried out; nothing was written then
  /// @throws MergeException if it failed while running; the directory is as it was before
  default MergeReport writeTo(Path directory, Output output) {
    return MergeRun.write(recipe(), directory, output);
  }

  /// Merges into a model directory, given as a path in text; a leading `~/` is the home directory.
  default MergeReport writeTo(String directory) {
    String home = System.getProperty("user.home", "");
    return writeTo(Path.of(directory.startsWith("~/") ? home + directory.substring(1) : directory));
  }
}
