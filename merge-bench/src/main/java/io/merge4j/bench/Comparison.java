// SPDX-License-Identifier: Apache-2.0
package io.merge4j.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Whole merges as whole processes beside a copy of the output by `cp`, one after the other in
/// turns, so that a noisy machine is noisy for all of them.
///
/// Prints a table in Markdown: medians, ratios to `cp`, processor time, anonymous memory, time to
/// the first byte written. Runs mergekit too where `mergekit-yaml` is on the path and `--mergekit`
/// asks for it.
@Command(
    name = "compare",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Times whole merges of synthetic models against a copy of the output by cp.")
public final class Comparison implements Callable<Integer> {

  @Option(
      names = "--billions",
      split = ",",
      description = "sizes of the models in 10^9 parameters; default ${DEFAULT-VALUE}",
      defaultValue = "1.1")
  private double[] billions = {};

  @Option(
      names = "--methods",
      split = ",",
      description = "default ${DEFAULT-VALUE}",
      defaultValue =
          "passthrough,linear,slerp,task_arithmetic,dare_linear,ties,breadcrumbs,sce,della,"
              + "model_stock")
  private List<String> methods = List.of();

  @Option(names = "--models", description = "models to merge, where the method takes any number")
  private int models = 2;

  @Option(names = "--runs", description = "runs of each; default ${DEFAULT-VALUE}")
  private int runs = 5;

  @Option(names = "--sync", description = "force files to the disk, and let cp be followed by sync")
  private boolean sync;

  @Option(names = "--mergekit", description = "run mergekit-yaml, too")
  private boolean mergekit;

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
    System.out.printf(
        "%d cores, JDK %s, %s %s%n",
        Runtime.getRuntime().availableProcessors(),
        Runtime.version(),
        System.getProperty("os.name"),
        System.getProperty("os.arch"));
    for (double size : billions) {
      compare(size);
    }
    return 0;
  }

  private void compare(double size) throws IOException, InterruptedException {
    SyntheticModel model = SyntheticModel.of(size);
    Path inputs = directory.resolve("layers-" + model.layers());
    for (int i = 0; i <= models; i++) {
      model.write(inputs.resolve("model-" + i), i);
    }
    Map<String, List<String>> commands = commands(inputs);
    Map<String, List<Execution>> executions = new LinkedHashMap<>();
    for (int run = 0; run <= runs; run++) {
      for (Map.Entry<String, List<String>> entry : commands.entrySet()) {
        delete(inputs.resolve("out"));
        Execution execution = Execution.of(entry.getValue(), inputs.resolve("log.txt"));
        // The first of each warms the page cache.
        if (run > 0) {
          executions.computeIfAbsent(entry.getKey(), key -> new ArrayList<>()).add(execution);
        }
      }
    }
    delete(inputs.resolve("out"));
    print(model, executions);
  }

  private Map<String, List<String>> commands(Path inputs) throws IOException {
    Map<String, List<String>> commands = new LinkedHashMap<>();
    String out = inputs.resolve("out").toString();
    String copy =
        "mkdir '%s' && cp '%s' '%s'"
            .formatted(out, inputs.resolve("model-0").resolve("model.safetensors"), out);
    commands.put(
        "cp",
        List.of("sh", "-c", sync ? copy + " && sync '%s'/model.safetensors".formatted(out) : copy));
    for (String method : methods) {
      Path recipe = inputs.resolve(method + ".yml");
      Files.writeString(recipe, recipe(method, inputs));
      List<String> command =
          new ArrayList<>(
              List.of(launcher.toAbsolutePath().toString(), "run", recipe.toString(), out));
      if (!sync) {
        command.add("--no-sync");
      }
      commands.put(method, command);
      if (mergekit) {
        commands.put("mergekit " + method, List.of("mergekit-yaml", recipe.toString(), out));
      }
    }
    return commands;
  }

  private String recipe(String method, Path inputs) {
    boolean one = method.equals("passthrough");
    boolean base =
        !one && !Stream.of("linear", "multislerp", "karcher", "nuslerp").toList().contains(method);
    StringBuilder yaml = new StringBuilder("merge_method: " + method + "\n");
    if (base) {
      String path = inputs.resolve(method.equals("slerp") ? "model-1" : "model-0").toString();
      yaml.append("base_model: ").append(path).append('\n');
    }
    if (method.equals("slerp")) {
      yaml.append("parameters:\n  t:\n")
          .append("    - {filter: self_attn, value: [0, 0.5, 0.3, 0.7, 1]}\n")
          .append("    - {filter: mlp, value: [1, 0.5, 0.7, 0.3, 0]}\n    - value: 0.5\n");
    }
    yaml.append("models:\n");
    int count = one ? 1 : method.equals("slerp") ? 2 : models;
    for (int i = 1; i <= count; i++) {
      yaml.append(
          "  - {model: %s%s}\n".formatted(inputs.resolve("model-" + i), parameters(method)));
    }
    return yaml.toString();
  }

  private static String parameters(String method) {
    return switch (method) {
      case "linear", "task_arithmetic", "nuslerp", "multislerp" -> ", parameters: {weight: 0.4}";
      case "ties",
          "dare_linear",
          "dare_ties",
          "breadcrumbs",
          "breadcrumbs_ties",
          "della",
          "della_linear" ->
          ", parameters: {weight: 0.4, density: 0.5}";
      default -> "";
    };
  }

  private static void delete(Path directory) throws IOException {
    if (Files.exists(directory)) {
      try (Stream<Path> files = Files.list(directory)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(directory);
    }
  }

  private void print(SyntheticModel model, Map<String, List<Execution>> executions) {
    System.out.printf(
        Locale.ROOT,
        "%n%.2f billion parameters, bfloat16, %d runs, %s%n%n",
        model.parameters() * 1e-9,
        runs,
        sync ? "synced" : "not synced");
    System.out.println(
        "| | seconds | min - max | x cp | processor s | anonymous MB | first write s |");
    System.out.println("|---|---:|---:|---:|---:|---:|---:|");
    double copy = median(executions.getOrDefault("cp", List.of()), Execution::seconds);
    executions.forEach((name, each) ->
        System.out.printf(
            Locale.ROOT,
            "| %s | %.2f | %.2f - %.2f | %.2f | %.2f | %.0f | %.2f |%n",
            name,
            median(each, Execution::seconds),
            each.stream().mapToDouble(Execution::seconds).min().orElse(0),
            each.stream().mapToDouble(Execution::seconds).max().orElse(0),
            median(each, Execution::seconds) / copy,
            median(each, Execution::processor),
            median(each, Execution::anonymous) * 1e-6,
            median(each, execution -> execution.firstWrite().orElse(0))));
  }

  private static double median(List<Execution> executions, ToDoubleFunction<Execution> of) {
    double[] values = executions.stream().mapToDouble(of).toArray();
    Arrays.sort(values);
    return values.length == 0 ? 0 : values[values.length / 2];
  }
}
