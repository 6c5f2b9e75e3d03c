// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import io.merge4j.MergePlan;
import io.merge4j.Recipe;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Shows how one tensor of a merge comes about.
@Command(
    name = "explain",
    description = {
      "Shows how one tensor of the output comes about: what is merged, and each parameter's value"
          + " with the entry of the recipe that decides it.",
      "Reads configurations and tensor headers, and writes nothing."
    },
    sortOptions = false)
final class ExplainCommand implements Callable<Integer> {

  @Spec CommandSpec spec;

  @Parameters(index = "0", paramLabel = "RECIPE", description = "Recipe in mergekit's YAML.")
  Path recipe;

  @Parameters(index = "1", paramLabel = "TENSOR", description = "Name of a tensor of the output.")
  String tensor;

  @Mixin OutputOptions options;
  @Mixin RankOptions rank;
  @Mixin Talk talk;

  @Override
  public Integer call() {
    talk.apply();
    MergekitOptions.note(spec.commandLine().getParseResult());
    Recipe read = rank.apply(Recipes.read(recipe));
    MergePlan plan = read.plan(options.output());
    try {
      spec.commandLine().getOut().print(plan.explain(tensor));
    } catch (IllegalArgumentException e) {
      throw new UsageException(e);
    }
    return 0;
  }
}
