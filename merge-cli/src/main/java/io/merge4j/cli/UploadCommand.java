// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Publishes a directory.
@Command(
    name = "upload",
    description = {
      "Publishes the directory DIR as one commit to the repository ID of a Hugging Face Hub.",
      "What is there already is not sent again, so an upload that broke off goes on."
    },
    sortOptions = false)
final class UploadCommand implements Callable<Integer> {

  @Spec CommandSpec spec;

  @Parameters(index = "0", paramLabel = "DIR", description = "Directory to publish.")
  Path directory;

  @Parameters(
      index = "1",
      paramLabel = "ID",
      description = "Repository, org/name; created if need be.")
  String id;

  @Mixin Publication publication;
  @Mixin Talk talk;

  @Override
  public Integer call() {
    talk.apply();
    PrintWriter out = talk.results(spec);
    Publication.publish(
        directory,
        Publication.repo(id),
        publication.options(),
        out,
        Progress.display(spec.commandLine().getErr(), talk.quiet));
    return 0;
  }
}
