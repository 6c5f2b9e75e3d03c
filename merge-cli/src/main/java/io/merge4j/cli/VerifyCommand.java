// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import io.merge4j.Bytes;
import io.merge4j.MergeException;
import io.merge4j.Verification;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Looks for what is wrong with a model.
@Command(
    name = "verify",
    description = {
      "Reads the model in DIR whole and tells what is wrong with it.",
      "A line each: lengths and headers of its files, types and shapes against config.json, NaN,"
          + " infinity, matrices of one value, tokens without a row, checksums recorded when it was"
          + " written."
    },
    sortOptions = false)
final class VerifyCommand implements Callable<Integer> {

  @Spec CommandSpec spec;

  @Parameters(index = "0", paramLabel = "DIR", description = "Model directory, or a file.")
  Path directory;

  @Mixin Talk talk;

  @Override
  public Integer call() {
    talk.apply();
    if (!Files.exists(directory)) {
      throw new UsageException("Cannot verify %s: no such directory or file".formatted(directory));
    }
    return report(directory, spec.commandLine().getOut(), talk.quiet);
  }

  /// Verifies a model and prints what is wrong.
  ///
  /// @return the exit status
  static int report(Path directory, PrintWriter out, boolean quiet) {
    Verification found;
    try {
      found = Verification.of(directory);
    } catch (MergeException e) {
      throw new UsageException(e);
    }
    found.remarks().forEach(Notes::note);
    found.problems().forEach(out::println);
    if (!quiet) {
      out.println(
          String.format(
              Locale.ROOT,
              "Verified %s: %,d tensors, %s, %,d checksums, %s",
              directory,
              found.tensors(),
              Bytes.print(found.bytes()),
              found.checksums(),
              found.isSound() ? "sound" : found.problems().size() + " problems"));
    }
    return found.isSound() ? 0 : 1;
  }
}
