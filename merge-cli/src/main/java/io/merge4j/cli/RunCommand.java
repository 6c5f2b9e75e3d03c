// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import io.merge4j.MergeReport;
import io.merge4j.Output;
import io.merge4j.Recipe;
import io.merge4j.hub.RepoId;
import io.merge4j.hub.UploadOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Carries out a recipe.
@Command(
    name = "run",
    description = {
      "Merges as a recipe says, into the model directory or .safetensors file OUT.",
      "Adapters are merged into an adapter, with a row of what is kept per module."
    },
    sortOptions = false)
final class RunCommand implements Callable<Integer> {

  @Spec CommandSpec spec;

  @Parameters(index = "0", paramLabel = "RECIPE", description = "Recipe in mergekit's YAML.")
  Path recipe;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "OUT",
      description =
          "Where to write: a directory, or a file if it ends in .safetensors; the recipe's"
              + " output_model unless given.")
  @Nullable Path out;

  @Mixin OutputOptions options;
  @Mixin RankOptions rank;

  @Option(
      names = "--kernels",
      paramLabel = "K",
      description = "Inner loops: auto, scalar or vector; same bytes, other speed.")
  @Nullable String kernels;

  @Option(names = "--report", paramLabel = "FILE", description = "Write what was done as JSON.")
  @Nullable Path report;

  @Option(
      names = "--upload",
      paramLabel = "ID",
      description = "Publish the result to this repository, org/name, when it is done.")
  @Nullable String upload;

  @Option(
      names = "--verify",
      description = "Read the result again and check it as the command verify does.")
  boolean verify;

  @Mixin Publication publication;
  @Mixin Talk talk;

  @Override
  public Integer call() throws IOException {
    talk.apply();
    if (kernels != null) {
      KernelsOption.set(kernels);
    }
    MergekitOptions.note(spec.commandLine().getParseResult());
    Recipe read = rank.apply(Recipes.read(recipe));
    Path target = target(read);
    checkRecipe(target);
    if (report != null) {
      Results.check(report); // it would be a pity to find out after the merge
    }
    Optional<RepoId> repo = Optional.ofNullable(upload).map(Publication::repo);
    UploadOptions uploadOptions = publication.options();
    if (repo.isEmpty() && publication.isAsked()) {
      throw new UsageException("Options of an upload, but no --upload ID");
    }
    repo.ifPresent(id -> Publication.check(target, id));
    MergeReport done = merge(read, target, options.output());
    PrintWriter results = talk.results(spec);
    if (!done.adapter().isEmpty()) {
      AdapterTable.print(done.adapter(), results);
    }
    Summary.print(done, results);
    if (report != null) {
      Results.write(report, done.toJson());
    }
    if (verify && VerifyCommand.report(target, spec.commandLine().getOut(), talk.quiet) != 0) {
      return 1;
    }
    repo.ifPresent(id -> {
      Progress display = Progress.display(spec.commandLine().getErr(), talk.quiet);
      Publication.publish(target, id, uploadOptions, results, display);
    });
    return 0;
  }

  private MergeReport merge(Recipe read, Path target, Output output) {
    try (Progress progress = Progress.display(spec.commandLine().getErr(), talk.quiet);
        Interruption _ = Interruption.ofThisThread()) {
      return read.writeTo(target, output.listener(progress));
    }
  }

  private Path target(Recipe read) {
    if (out != null) {
      return out;
    }
    return read.output()
        .map(Path::of)
        .orElseThrow(() ->
            new UsageException(
                "No output directory: name one after the recipe, or as output_model in it"));
  }

  /// What is overwritten is replaced whole.
  private void checkRecipe(Path target) throws IOException {
    if (Files.exists(target) && recipe.toRealPath().startsWith(target.toRealPath())) {
      throw new UsageException(
          "Output %s holds the recipe %s; choose another place".formatted(target, recipe));
    }
  }
}
