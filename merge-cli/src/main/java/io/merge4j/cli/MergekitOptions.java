// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/// Options of mergekit that have no meaning here, so that a command people have keeps working.
///
/// Those that have one are among [OutputOptions].
final class MergekitOptions {

  private static final ImmutableSet<String> COMMANDS = ImmutableSet.of("run", "plan", "explain");

  private static final ImmutableList<String> FLAGS =
      ImmutableList.of(
          "--allow-crimes",
          "--async-write",
          "--clone-tensors",
          "--cuda",
          "--gpu-rich",
          "--lazy-loader",
          "--lazy-unpickle",
          "--low-cpu-memory",
          "--multi-gpu",
          "--read-to-gpu",
          "--safe-serialization",
          "--trust-remote-code");

  private static final ImmutableList<String> WITH_VALUE =
      ImmutableList.of(
          "--device",
          "--lora-merge-cache",
          "--lora-merge-dtype",
          "--transformers-cache",
          "--write-threads");

  private MergekitOptions() {}

  /// Adds them, hidden, to the commands that take a recipe.
  static void addTo(CommandLine line) {
    for (String name : COMMANDS) {
      CommandLine command = line.getSubcommands().get(name);
      if (command != null) {
        addTo(command.getCommandSpec());
      }
    }
  }

  private static void addTo(CommandSpec spec) {
    for (String name : FLAGS) {
      spec.addOption(
          OptionSpec.builder(name).type(boolean.class).negatable(true).hidden(true).build());
    }
    for (String name : WITH_VALUE) {
      spec.addOption(OptionSpec.builder(name).type(String.class).arity("1").hidden(true).build());
    }
  }

  /// Says which options were given in vain.
  static void note(ParseResult parsed) {
    List<String> given =
        Stream.concat(FLAGS.stream(), WITH_VALUE.stream())
            .filter(parsed::hasMatchedOption)
            .toList();
    if (!given.isEmpty()) {
      Notes.note("accepted for mergekit's sake, without effect here: " + String.join(", ", given));
    }
  }
}
