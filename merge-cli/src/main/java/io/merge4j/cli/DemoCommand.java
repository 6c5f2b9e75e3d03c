// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import io.merge4j.MergeException;
import io.merge4j.MergeReport;
import io.merge4j.Output;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Merges two of the built-in models.
@Command(
    name = "demo",
    description = {
      "Merges two small trained models that come with the program into OUT.",
      "They, and the recipe, are put into OUT.inputs."
    },
    sortOptions = false)
final class DemoCommand implements Callable<Integer> {

  private static final String SORT = "letters-sort";
  private static final String REVERSE = "letters-rev";

  @Spec CommandSpec spec;

  @Parameters(index = "0", paramLabel = "OUT", description = "Where to write the merged model.")
  Path out;

  @Option(names = "--overwrite", description = "Replace OUT and OUT.inputs if they exist.")
  boolean overwrite;

  @Mixin Talk talk;

  @Override
  public Integer call() {
    Notes.threshold(System.Logger.Level.WARNING);
    talk.apply();
    KernelsOption.set("scalar"); // so small a merge is over before vectors would pay
    Path inputs = out.resolveSibling(out.getFileName() + ".inputs");
    for (Path place : List.of(out, inputs)) {
      if (!overwrite && isOccupied(place)) {
        throw new UsageException(
            "Output %s exists already; choose another place, or pass --overwrite".formatted(place));
      }
    }
    Path sort = inputs.resolve(SORT);
    Path recipe = inputs.resolve("slerp.yml");
    write(inputs, recipe, recipe(text(sort), text(inputs.resolve(REVERSE))));
    MergeReport report = Recipes.read(recipe).writeTo(out, Output.DEFAULT.overwrite(overwrite));
    if (!talk.quiet) {
      Summary.print(report, spec.commandLine().getOut());
      explain(recipe, sort, spec.commandLine().getOut());
    }
    return 0;
  }

  private static void write(Path inputs, Path recipe, String text) {
    try {
      BuiltInModels.unpack(SORT, inputs);
      BuiltInModels.unpack(REVERSE, inputs);
      Files.writeString(recipe, text);
    } catch (FileSystemException e) {
      throw new UsageException(Results.failure(inputs, e), e);
    } catch (IOException e) {
      throw new MergeException(Results.failure(inputs, e), e);
    }
  }

  /// The classic recipe: attention and feed-forward layers change over in opposite directions.
  private static String recipe(String base, String other) {
    return """
    slices:
      - sources:
          - model: "%1$s"
            layer_range: [0, 4]
          - model: "%2$s"
            layer_range: [0, 4]
    merge_method: slerp
    base_model: "%1$s"
    parameters:
      t:
        - filter: self_attn
          value: [0, 0.5, 0.3, 0.7, 1]
        - filter: mlp
          value: [1, 0.5, 0.7, 0.3, 0]
        - value: 0.5
    dtype: bfloat16
    """
        .formatted(base, other);
  }

  private static boolean isOccupied(Path place) {
    if (!Files.isDirectory(place)) {
      return Files.exists(place);
    }
    try (Stream<Path> files = Files.list(place)) {
      return files.findAny().isPresent();
    } catch (IOException e) {
      return true;
    }
  }

  /// A path in YAML's double quotes.
  private static String text(Path path) {
    return path.toString().replace("\\", "\\\\").replace("\"", "\\\"");
  }

  private void explain(Path recipe, Path model, PrintWriter target) {
    @Nullable String told = System.getenv("MERGE4J_COMMAND");
    String merge4j = told == null ? "merge4j" : told;
    target.printf(
        """

        The inputs are small models of one origin: letters-sort was trained to sort strings of
        letters, letters-rev to reverse them, and each forgot some of what the other can. Of 1,200
        tasks of four kinds letters-sort solves 77 %%, letters-rev 76 %%, this merge 85 %%.
        To look at it:

          %1$s inspect %2$s
          %1$s diff %3$s %2$s
          %1$s run %4$s %2$s-again

        and, where Python has transformers:

          python3 -c 'from transformers import pipeline; p = pipeline("text-generation", "%2$s"); print(p(["<s>rev gdjc>", "<s>sort gdjc>"], max_new_tokens=9, do_sample=False))'
        """,
        merge4j, out, model, recipe);
  }
}
