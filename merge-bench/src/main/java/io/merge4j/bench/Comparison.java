// SPDX-License-Identifier: Apache-2.0
package io.merge4j.bench;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.LinkedListMultimap;
import com.google.common.collect.ListMultimap;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.merge4j.MergeMethod;
import io.merge4j.Methods;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Whole merges as whole processes beside a copy of the output by `cp`, one after the other in
/// turns, so that a noisy machine is noisy for all of them.
///
/// Prints tables in Markdown: medians, ratios to `cp`, processor time, memory, time to the first
/// byte written; with several sizes or numbers of models also how these grow.
@Command(
    name = "compare",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Times whole merges of synthetic models against a copy of the output by cp.")
public final class Comparison implements Callable<Integer> {

  @Option(
      names = "--billions",
      split = ",",
      description =
          "sizes of the models in 10^9 parameters, e.g. 0.2,1.1,8; default ${DEFAULT-VALUE}",
      defaultValue = "1.1")
  private List<Double> billions = List.of();

  @Option(
      names = "--methods",
      split = ",",
      description = "names, or \"all\"; default ${DEFAULT-VALUE}",
      defaultValue =
          "passthrough,linear,slerp,task_arithmetic,dare_linear,ties,breadcrumbs,sce,della,"
              + "model_stock")
  private List<String> methods = List.of();

  @Option(
      names = "--models",
      split = ",",
      description =
          "numbers of models to merge, e.g. 2,3,5,10,20; methods that cannot merge so many are left"
              + " out where there are several; default ${DEFAULT-VALUE}",
      defaultValue = "2")
  private List<Integer> models = List.of();

  @Option(
      names = "--kernels",
      split = ",",
      description = "auto, scalar, vector or several, then side by side; default ${DEFAULT-VALUE}",
      defaultValue = "auto")
  private List<String> kernels = List.of();

  @Option(names = "--runs", description = "runs of each; default ${DEFAULT-VALUE}")
  private int runs = 5;

  @Option(names = "--sync", description = "force files to the disk, and let cp be followed by sync")
  private boolean sync;

  @Option(names = "--cold", description = "drop the inputs from the page cache before each run")
  private boolean cold;

  @Option(
      names = "--mergekit",
      arity = "0..1",
      fallbackValue = "mergekit-yaml",
      description = "run mergekit, too; its command is mergekit-yaml if none is given")
  private @Nullable String mergekit;

  @Option(
      names = "--directory",
      description = "where models and outputs go; models are used again; default ${DEFAULT-VALUE}")
  private Path directory = Path.of(System.getProperty("java.io.tmpdir"), "merge4j-bench");

  @Option(names = "--launcher", description = "default ${DEFAULT-VALUE}")
  private Path launcher = Path.of("merge4j");

  /// Runs the comparison.
  public static void main(String... arguments) {
    System.exit(new CommandLine(new Comparison()).execute(arguments));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    System.out.println(Machine.description());
    List<Round> all = new ArrayList<>();
    for (double size : billions) {
      List<Round> rounds = new ArrayList<>();
      for (int count : models) {
        round(SyntheticModel.of(size), count).ifPresent(rounds::add);
      }
      if (rounds.size() > 1) {
        System.out.printf("%nBy number of models:%n%n%s", Growth.byModels(rounds));
      }
      all.addAll(rounds);
    }
    for (int count : models) {
      List<Round> rounds = all.stream().filter(round -> round.models() == count).toList();
      if (rounds.size() > 1) {
        System.out.printf("%nBy size, %d models:%n%n%s", count, Growth.bySize(rounds));
      }
    }
    return 0;
  }

  private Optional<Round> round(SyntheticModel model, int count)
      throws IOException, InterruptedException {
    ModelFiles files =
        new ModelFiles(directory.toAbsolutePath().resolve("layers-" + model.layers()), model);
    if (!files.make(count + 1)) {
      System.out.printf(
          "%n%s billion parameters: left out, no room on the disk of %s%n",
          MarkdownTable.number(model.parameters() * 1e-9), directory);
      return Optional.empty();
    }
    Round round = measured(model, files, count);
    System.out.printf(
        "%n%s billion parameters, bfloat16, a base and %d models (%s), %d runs, %s, %s%n%n%s",
        MarkdownTable.number(model.parameters() * 1e-9),
        count,
        files.distinct(count + 1) == count + 1 ? "all distinct" : "some are links to others",
        runs,
        cold ? "inputs not in the page cache" : "inputs in the page cache",
        sync ? "synced" : "not synced",
        round.table());
    for (Contestant each : round.executions().keySet()) {
      if (!cold && !PageCache.holds(each.inputs())) {
        System.out.printf("%nThe page cache does not hold all inputs of %s.%n", each.name());
      }
    }
    round.kernels().ifPresent(table -> System.out.printf("%n%s", table));
    return Optional.of(round);
  }

  /// The first execution of each warms what there is to warm; its memory is looked at, and its time
  /// does not count.
  private Round measured(SyntheticModel model, ModelFiles files, int count)
      throws IOException, InterruptedException {
    Path out = files.directory().resolve("out");
    Path log = files.directory().resolve("log.txt");
    List<Contestant> contestants = contestants(files, count, out.toString());
    Map<Contestant, Footprint> footprints = new LinkedHashMap<>();
    ListMultimap<Contestant, Execution> executions = LinkedListMultimap.create();
    for (int run = 0; run <= runs; run++) {
      for (Contestant contestant : List.copyOf(contestants)) {
        delete(out);
        if (cold) {
          PageCache.drop(files.weightsOf(count + 1));
        } else {
          PageCache.load(contestant.inputs());
        }
        try {
          if (run == 0) {
            footprints.put(contestant, Footprint.of(contestant.command(), log));
          } else {
            executions.put(contestant, Execution.of(contestant.command(), out, log));
          }
        } catch (IllegalStateException | IOException e) {
          if (!contestant.isGuest()) {
            throw e;
          }
          System.out.printf("%n%s is left out: %s%n", contestant.name(), e.getMessage());
          contestants.remove(contestant);
        }
      }
    }
    delete(out);
    return new Round(
        model, count, ImmutableMap.copyOf(footprints), ImmutableListMultimap.copyOf(executions));
  }

  private static void delete(Path directory) throws IOException {
    if (Files.exists(directory)) {
      MoreFiles.deleteRecursively(directory, RecursiveDeleteOption.ALLOW_INSECURE);
    }
  }

  private List<Contestant> contestants(ModelFiles files, int count, String out) throws IOException {
    List<Contestant> contestants = new ArrayList<>();
    contestants.add(Contestant.copy(files, out, sync));
    List<String> names = methods.equals(List.of("all")) ? Methods.all().keySet().asList() : methods;
    for (String name : names) {
      MergeMethod method = Methods.find(name);
      int merged = UsualValues.models(method.signature(), count);
      if (models.size() > 1 && merged != count) {
        continue;
      }
      Path recipe = files.directory().resolve(name + ".yml");
      String text = RecipeText.of(method, merged, files);
      ImmutableList<Path> inputs = files.weightsIn(text, count + 1);
      Files.writeString(recipe, text);
      for (String each : kernels) {
        contestants.add(merge4j(name, each, recipe.toString(), inputs, out));
      }
      if (mergekit != null) {
        List<String> command = new ArrayList<>(Splitter.on(' ').splitToList(mergekit));
        command.addAll(List.of(recipe.toString(), out));
        contestants.add(
            new Contestant("mergekit " + name, name, "mergekit", command, inputs, true));
      }
    }
    return contestants;
  }

  private Contestant merge4j(
      String method, String choice, String recipe, ImmutableList<Path> inputs, String out) {
    List<String> command =
        new ArrayList<>(List.of(launcher.toAbsolutePath().toString(), "run", recipe, out));
    if (!sync) {
      command.add("--no-sync");
    }
    if (!choice.equals("auto")) {
      command.addAll(List.of("--kernels", choice));
    }
    String name = choice.equals("auto") ? method : method + ", " + choice + " kernels";
    return new Contestant(name, method, choice, command, inputs, false);
  }
}
