// SPDX-License-Identifier: Apache-2.0
package io.merge4j.bench;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/// Runs benchmarks, all or those whose names match, with what the machine can copy in the same run,
/// and prints a table of them in Markdown.
///
/// Takes the options of JMH: `-h` lists them, `-o FILE` keeps its own report apart.
public final class Benchmarks {

  private Benchmarks() {}

  /// Runs what the arguments ask for.
  public static void main(String... arguments)
      throws CommandLineOptionException, RunnerException, IOException {
    CommandLineOptions asked = new CommandLineOptions(arguments);
    if (asked.shouldHelp()) {
      asked.showHelp();
    } else if (asked.shouldList()) {
      new Runner(asked).list();
    } else {
      Collection<RunResult> results = new Runner(withRoof(asked)).run();
      System.out.printf("%n%s%n%n", Machine.description());
      List<Measured> measured = results.stream().map(Measured::of).toList();
      System.out.println(Roofline.table(measured));
    }
  }

  private static Options withRoof(CommandLineOptions asked) {
    OptionsBuilder options = new OptionsBuilder();
    options.parent(asked);
    if (!asked.getIncludes().isEmpty()) {
      asked.getIncludes().forEach(options::include);
      options.include(MemoryBenchmark.class.getName());
    }
    return options;
  }
}
