// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import io.merge4j.Merge;
import io.merge4j.MergeReport;
import io.merge4j.Merger;
import io.merge4j.Output;
import io.merge4j.method.Passthrough;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Writes a model anew.
@Command(
    name = "convert",
    description = {
      "Writes a model as safetensors: PyTorch files, other shards, another type.",
      "A merge of one model; nothing of a PyTorch file is run."
    },
    sortOptions = false)
final class ConvertCommand implements Callable<Integer> {

  @Spec CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "IN",
      description = "A model directory, a checkpoint file, or whatever a recipe may name.")
  String in;

  @Parameters(
      index = "1",
      paramLabel = "OUT",
      description = "Where to write: a directory, or a file if it ends in .safetensors.")
  Path out;

  @Mixin OutputOptions options;
  @Mixin Talk talk;

  @Override
  public Integer call() {
    talk.apply();
    Merge copy = Merger.using(new Passthrough(), in);
    Output output = options.output().card(false);
    MergeReport done;
    try (Progress progress = Progress.display(spec.commandLine().getErr(), talk.quiet);
        Interruption _ = Interruption.ofThisThread()) {
      done = copy.writeTo(out, output.listener(progress));
    }
    if (!talk.quiet) {
      Summary.print(done, spec.commandLine().getOut());
    }
    return 0;
  }
}
