// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import com.google.common.base.Ascii;
import io.merge4j.hub.Hub;
import io.merge4j.hub.Lineage;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Shows where a model comes from.
@Command(
    name = "tree",
    description = {
      "Shows the models that a model was made from, and those that they were made from.",
      "Follows base_model in model cards, the models of mergekit_config.yml and the base of"
          + " adapters, on the Hub, in the cache and on this machine."
    },
    sortOptions = false)
final class TreeCommand implements Callable<Integer> {

  /// How the tree is drawn.
  enum Format {
    TEXT(".txt"),
    MERMAID(".mmd"),
    JSON(".json"),
    SVG(".svg");

    private final String ending;

    Format(String ending) {
      this.ending = ending;
    }

    String print(Lineage lineage) {
      return switch (this) {
        case TEXT -> lineage.toText();
        case MERMAID -> lineage.toMermaid();
        case JSON -> lineage.toJson();
        case SVG -> lineage.toSvg();
      };
    }

    /// What the ending of a file's name says, else text.
    static Format of(@Nullable Path file) {
      for (Format format : values()) {
        if (file != null && Ascii.toLowerCase(file.toString()).endsWith(format.ending)) {
          return format;
        }
      }
      return TEXT;
    }

    @Override
    public String toString() {
      return Ascii.toLowerCase(name());
    }
  }

  @Spec CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description = "Directory, or repository org/name[@revision].")
  String model;

  @Option(
      names = "--depth",
      paramLabel = "N",
      description = "Generations to follow; " + Lineage.DEPTH + " unless given.")
  int depth = Lineage.DEPTH;

  @Option(
      names = "--format",
      paramLabel = "F",
      description =
          "One of ${COMPLETION-CANDIDATES}; as FILE's name ends, else text, unless given.")
  @Nullable Format format;

  @Option(names = "--output", paramLabel = "FILE", description = "Write to a file.")
  @Nullable Path output;

  @Mixin Talk talk;

  @Override
  public Integer call() {
    talk.apply();
    if (output != null) {
      Results.check(output);
    }
    Lineage lineage;
    try {
      lineage = Hub.fromEnvironment().lineage(model, depth);
    } catch (IllegalArgumentException e) {
      throw new UsageException(e);
    }
    String text = (format == null ? Format.of(output) : format).print(lineage);
    if (output == null) {
      spec.commandLine().getOut().print(text);
    } else {
      Results.write(output, text);
    }
    return 0;
  }
}
