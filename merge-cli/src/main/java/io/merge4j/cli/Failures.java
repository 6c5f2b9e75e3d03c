// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import static java.util.stream.Collectors.joining;

import io.merge4j.MergeException;
import io.merge4j.RecipeException;
import io.merge4j.hub.HubException;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IExitCodeExceptionMapper;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/// Tells what went wrong, in one paragraph, and gives the exit status.
final class Failures
    implements IParameterExceptionHandler, IExecutionExceptionHandler, IExitCodeExceptionMapper {

  private static final int LONGEST_LINE = 4000;

  private final Main main;

  Failures(Main main) {
    this.main = main;
  }

  @Override
  public int handleParseException(ParameterException problem, String[] args) {
    CommandLine command = problem.getCommandLine();
    String suggestions =
        problem instanceof UnmatchedArgumentException unmatched
                && !unmatched.getSuggestions().isEmpty()
            ? "; did you mean " + String.join(" or ", unmatched.getSuggestions()) + "?"
            : "";
    command
        .getErr()
        .println(
            "merge4j: %s%s See \"%s --help\"."
                .formatted(
                    problem.getMessage(),
                    suggestions.isEmpty() ? "." : suggestions,
                    command.getCommandSpec().qualifiedName()));
    return ExitCode.USAGE;
  }

  /// Names in files may have megabytes; beginning and end of a message tell what it is about.
  private static String cut(String line) {
    return line.length() <= LONGEST_LINE
        ? line
        : "%s ... (%d characters) ... %s"
            .formatted(
                line.substring(0, LONGEST_LINE / 2),
                line.length(),
                line.substring(line.length() - LONGEST_LINE / 2));
  }

  @Override
  public int handleExecutionException(Exception problem, CommandLine command, ParseResult parsed) {
    boolean expected =
        problem instanceof MergeException
            || problem instanceof UsageException
            || problem instanceof HubException;
    String message = expected ? String.valueOf(problem.getMessage()) : problem.toString();
    command
        .getErr()
        .println("merge4j: " + message.lines().map(Failures::cut).collect(joining("\n")));
    if (main.stacktrace) {
      problem.printStackTrace(command.getErr());
    } else if (!expected) {
      command.getErr().println("merge4j: --stacktrace tells where in the program");
    }
    return getExitCode(problem);
  }

  @Override
  public int getExitCode(Throwable problem) {
    boolean isMistake = problem instanceof RecipeException || problem instanceof UsageException;
    return isMistake && !mayPass(problem) ? ExitCode.USAGE : ExitCode.SOFTWARE;
  }

  /// Whether the same command may do at another time or with more room: all that is wrong comes
  /// from the network, the Hub's load or this machine.
  private static boolean mayPass(Throwable problem) {
    if (problem instanceof HubException refused) {
      return switch (refused.reason()) {
        case UNREACHABLE, RATE_LIMITED, DISK_FULL, LOCAL_FILE, INTERRUPTED -> true;
        default -> false;
      };
    }
    Throwable cause = problem.getCause();
    return cause != null
        && mayPass(cause)
        && (!(problem instanceof RecipeException)
            || Stream.of(problem.getSuppressed()).allMatch(Failures::mayPass));
  }
}
