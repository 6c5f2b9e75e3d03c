// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import com.google.common.collect.ImmutableMap;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/// The command `merge4j`.
@Command(
    name = "merge4j",
    description = "Merges models: many checkpoints in, one out.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    versionProvider = Version.class,
    usageHelpAutoWidth = true)
public final class Main implements Runnable {

  /// The commands, in the order in which help lists them.
  private static final ImmutableMap<String, Supplier<Callable<Integer>>> COMMANDS =
      ImmutableMap.<String, Supplier<Callable<Integer>>>builder()
          .put("run", RunCommand::new)
          .put("plan", PlanCommand::new)
          .put("explain", ExplainCommand::new)
          .put("convert", ConvertCommand::new)
          .put("demo", DemoCommand::new)
          .put("upload", UploadCommand::new)
          .put("tree", TreeCommand::new)
          .put("extract-lora", ExtractLoraCommand::new)
          .put("inspect", InspectCommand::new)
          .put("verify", VerifyCommand::new)
          .put("diff", DiffCommand::new)
          .put("tokens", TokensCommand::new)
          .put("methods", MethodsCommand::new)
          .put("jshell", JShellCommand::new)
          .buildOrThrow();

  private static final String DISABLED_SCHEMES = "jdk.http.auth.tunneling.disabledSchemes";

  private static final String FOOTER =
      "%nExit status: 0 done; 1 failed while running or while printing results,"
          + " diff found a difference, or verify a problem; 2 the recipe or"
          + " the command line is wrong, and nothing was written;"
          + " 130 interrupted by Ctrl-C, 143 told to end;"
          + " 141 the reader of the results closed the pipe.";

  @Option(
      names = "--stacktrace",
      scope = ScopeType.INHERIT,
      description = "When something fails, print where in the program.")
  boolean stacktrace;

  Main() {}

  /// Runs the command line and ends the process with its exit status.
  public static void main(String[] args) {
    // Who puts a user and password into HTTPS_PROXY wants them sent; the JDK must know before its
    // HTTP client is loaded.
    if (System.getProperty(DISABLED_SCHEMES) == null) {
      System.setProperty(DISABLED_SCHEMES, "");
    }
    // Numbers look alike everywhere, for those who read them by program.
    Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT);
    PrintWriter err = new PrintWriter(System.err, true, System.err.charset());
    System.exit(execute(new FileOutputStream(FileDescriptor.out), err, args));
  }

  /// Runs the command line, and takes care that its results arrive.
  ///
  /// @param out takes results
  static int execute(OutputStream out, PrintWriter err, String... args) {
    StandardOutput results = new StandardOutput(out);
    PrintWriter writer = new PrintWriter(results, true, System.out.charset());
    return results.status(execute(writer, err, args), err);
  }

  /// Runs the command line.
  ///
  /// @param out takes results
  /// @param err takes progress, notes and errors
  /// @return the exit status
  static int execute(PrintWriter out, PrintWriter err, String... args) {
    Notes.to(err);
    int status = commandLine(args).setOut(out).setErr(err).execute(args);
    out.flush();
    err.flush();
    return status;
  }

  /// Classes of other commands than the one asked for need not be loaded.
  private static CommandLine commandLine(String... args) {
    Main main = new Main();
    CommandLine line = new CommandLine(main);
    Supplier<Callable<Integer>> command = args.length == 0 ? null : COMMANDS.get(args[0]);
    if (command != null) {
      line.addSubcommand(command.get());
    } else {
      COMMANDS.values().forEach(each -> line.addSubcommand(each.get()));
      line.addSubcommand(new HelpCommand());
      CommandLine completion = new CommandLine(new GenerateCompletion());
      completion.getCommandSpec().usageMessage().hidden(true);
      line.addSubcommand(completion);
    }
    line.getCommandSpec().usageMessage().footer(FOOTER);
    MergekitOptions.addTo(line);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    Failures failures = new Failures(main);
    return line.setParameterExceptionHandler(failures)
        .setExecutionExceptionHandler(failures)
        .setExitCodeExceptionMapper(failures);
  }

  @Override
  public void run() {
    throw new UsageException("Which command? See \"merge4j help\".");
  }
}
