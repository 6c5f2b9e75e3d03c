// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import io.merge4j.MergePlan;
import io.merge4j.Output;
import io.merge4j.Recipe;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Shows what a recipe would do.
@Command(
    name = "plan",
    description = {
      "Shows what a recipe would read and write, and all that is wrong with it.",
      "Reads configurations and tensor headers, and writes nothing. Of a repository of a Hub these",
      "are all that is downloaded, but for PyTorch files (.bin), which have no headers: they come",
      "whole."
    },
    sortOptions = false)
final class PlanCommand implements Callable<Integer> {

  @Spec CommandSpec spec;

  @Parameters(index = "0", paramLabel = "RECIPE", description = "Recipe in mergekit's YAML.")
  Path recipe;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "OUT",
      description =
          "Where it would be written, which is checked, too: a directory, or a file if it ends in"
              + " .safetensors.")
  @Nullable Path out;

  @Mixin OutputOptions options;
  @Mixin RankOptions rank;
  @Mixin Talk talk;

  @Override
  public Integer call() {
    talk.apply();
    MergekitOptions.note(spec.commandLine().getParseResult());
    Recipe read = rank.apply(Recipes.read(recipe));
    Output output = options.output();
    MergePlan plan = out == null ? read.plan(output) : read.plan(out, output);
    if (!talk.quiet) {
      spec.commandLine().getOut().print(plan);
    }
    return 0;
  }
}
