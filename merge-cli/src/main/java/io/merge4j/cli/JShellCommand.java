// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.File;
import java.io.IOException;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.jshell.tool.JavaShellToolBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Opens JShell with the library at hand.
@Command(
    name = "jshell",
    description = {
      "Opens JShell with the library imported and two small models to merge.",
      "Reads snippets from standard input if it is no terminal."
    })
final class JShellCommand implements Callable<Integer> {

  private static final String VECTOR_MODULE = "jdk.incubator.vector";

  private static final String WELCOME =
      """
      The library is imported, and rev, sort and next are paths of small trained models. Try:

        Merger.slerp(rev, sort).t(0.5).filter("self_attn", 0, 0.5, 0.3, 0.7, 1).writeTo("merged")

      plan() in place of writeTo(...) shows what it would do, and recipe().toYaml() what it is.
      """;

  @Spec CommandSpec spec;

  @Parameters(arity = "0..*", paramLabel = "ARG", description = "Passed on to JShell, e.g. a file.")
  @Nullable List<String> arguments;

  @Override
  public Integer call() throws Exception {
    Path work = Files.createTempDirectory("merge4j-jshell");
    try {
      return run(work);
    } finally {
      MoreFiles.deleteRecursively(work, RecursiveDeleteOption.ALLOW_INSECURE);
    }
  }

  private int run(Path work) throws Exception {
    Path startup = work.resolve("startup.jsh");
    Files.writeString(
        startup,
        """
        import io.merge4j.*;
        import io.merge4j.method.*;
        import io.merge4j.model.*;
        import io.merge4j.tensor.*;
        import java.nio.file.*;
        Path rev = Path.of("%s");
        Path sort = Path.of("%s");
        Path next = Path.of("%s");
        """
            .formatted(
                model("letters-rev", work),
                model("letters-sort", work),
                model("letters-next", work)));
    boolean interactive = Progress.isInteractive();
    List<String> options = options(startup);
    options.addAll(arguments != null ? arguments : interactive ? List.of() : List.of("-"));
    if (interactive) {
      spec.commandLine().getOut().print(WELCOME);
      spec.commandLine().getOut().flush();
    }
    return JavaShellToolBuilder.builder().start(options.toArray(String[]::new));
  }

  private static String model(String name, Path work) throws IOException {
    return BuiltInModels.unpack(name, work).toString().replace("\\", "\\\\");
  }

  private static List<String> options(Path startup) throws IOException {
    List<String> options = new ArrayList<>();
    options.addAll(List.of("--class-path", classPath()));
    options.addAll(List.of("--startup", "DEFAULT", "--startup", startup.toString()));
    if (ModuleFinder.ofSystem().find(VECTOR_MODULE).isPresent()) {
      options.addAll(List.of("--add-modules", VECTOR_MODULE));
    }
    options.add("-R--enable-native-access=ALL-UNNAMED");
    return options;
  }

  /// What this program runs from, as a class path.
  static String classPath() throws IOException {
    List<String> entries = new ArrayList<>();
    for (String property : List.of("java.class.path", "jdk.module.path")) {
      String path = System.getProperty(property, "");
      for (String entry : path.isEmpty() ? new String[0] : path.split(File.pathSeparator, -1)) {
        entries.add(entry);
        entries.addAll(jars(Path.of(entry)));
      }
    }
    return entries.stream().distinct().collect(Collectors.joining(File.pathSeparator));
  }

  /// A directory on the module path may hold modules as jars.
  private static List<String> jars(Path entry) throws IOException {
    if (!Files.isDirectory(entry)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(entry)) {
      return files.map(Path::toString).filter(name -> name.endsWith(".jar")).sorted().toList();
    }
  }
}
