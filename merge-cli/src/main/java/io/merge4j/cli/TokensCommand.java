// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import io.merge4j.MergeException;
import io.merge4j.model.Model;
import io.merge4j.vocabulary.Tokenizer;
import io.merge4j.vocabulary.TokenizerUnion;
import io.merge4j.vocabulary.VocabularyComparison;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Shows how the vocabularies of models relate.
@Command(
    name = "tokens",
    description = {
      "Shows how the vocabularies of models relate.",
      "Shared tokens, those that only one has, moved ids, padding, special tokens that differ; later"
          + " models are compared with the first."
    },
    sortOptions = false)
final class TokensCommand implements Callable<Integer> {

  private static final int LONGEST = 40;

  @Spec CommandSpec spec;

  @Parameters(
      arity = "1..*",
      paramLabel = "MODEL",
      description = "Directory with a tokenizer, or repository org/name[@revision].")
  List<String> models = new ArrayList<>();

  @Option(
      names = "--show",
      paramLabel = "N",
      defaultValue = "5",
      description = "Tokens to show of each kind; 5 unless given.")
  int show;

  @Mixin Talk talk;

  /// A model's tokenizer.
  ///
  /// @param rows number of rows of its embedding, if its weights are there
  private record Opened(Tokenizer tokenizer, OptionalLong rows) {}

  @Override
  public Integer call() {
    talk.apply();
    if (show < 1) {
      throw new UsageException("--show is %d, expected at least 1".formatted(show));
    }
    PrintWriter out = spec.commandLine().getOut();
    List<Opened> opened = models.stream().map(TokensCommand::open).toList();
    opened.forEach(each -> describe(each, out));
    Opened first = opened.getFirst();
    for (Opened other : opened.subList(1, opened.size())) {
      compare(first.tokenizer, other.tokenizer, out);
    }
    if (opened.size() > 1) {
      union(first, opened.subList(1, opened.size()), out);
    }
    return 0;
  }

  private static Opened open(String name) {
    try {
      Path path = Path.of(name);
      if (Files.isDirectory(path) && noWeights(path)) {
        return new Opened(read(name, path), OptionalLong.empty());
      }
    } catch (InvalidPathException e) {
      // Not a path on this system; it may still name a repository.
    }
    try (Model model = Models.open(name)) {
      Path directory =
          model
              .directory()
              .orElseThrow(() ->
                  new UsageException("%s is a single file, expected a directory".formatted(name)));
      return new Opened(read(name, directory), OptionalLong.of(model.vocabularyRows()));
    } catch (MergeException e) {
      throw new UsageException(e);
    }
  }

  private static boolean noWeights(Path directory) {
    return !Files.exists(directory.resolve("config.json"));
  }

  private static Tokenizer read(String name, Path directory) {
    try {
      return Tokenizer.read(name, directory)
          .orElseThrow(() ->
              new UsageException("%s has no tokenizer, expected tokenizer.json".formatted(name)));
    } catch (MergeException e) {
      throw new UsageException(e);
    }
  }

  private static void describe(Opened opened, PrintWriter out) {
    Tokenizer tokenizer = opened.tokenizer;
    out.println(tokenizer.name());
    line(
        out,
        "Tokenizer",
        "%s on %s".formatted(tokenizer.scheme().kind(), tokenizer.scheme().alphabet()));
    line(
        out,
        "Tokens",
        "%s, %s of them added"
            .formatted(count(tokenizer.vocabulary().size()), count(tokenizer.added().size())));
    opened.rows.ifPresent(rows -> line(out, "Rows", rows(rows, tokenizer.vocabulary().rows())));
    tokenizer
        .roles()
        .forEach((key, token) ->
            line(
                out,
                key,
                "%s = %d".formatted(quoted(token), tokenizer.vocabulary().find(token).orElse(-1))));
    out.println();
  }

  private static String rows(long rows, int ids) {
    if (rows < ids) {
      return "%s; %s tokens lie beyond them".formatted(count(rows), count(ids - rows));
    }
    return rows == ids
        ? "%s, one for each token".formatted(count(rows))
        : "%s, %s of them padding".formatted(count(rows), count(rows - ids));
  }

  private void compare(Tokenizer left, Tokenizer right, PrintWriter out) {
    VocabularyComparison comparison = VocabularyComparison.of(left, right);
    out.println("%s and %s".formatted(left.name(), right.name()));
    line(
        out,
        "Shared",
        "%s tokens%s"
            .formatted(
                count(comparison.shared()),
                comparison.isSame() ? ", all of both, with the same ids" : ""));
    list(out, "Moved", comparison.moved(), token -> moved(token, left, right));
    list(out, "Only left", comparison.onlyLeft(), TokensCommand::quoted);
    list(out, "Only right", comparison.onlyRight(), TokensCommand::quoted);
    list(out, "Flags", comparison.flags(), TokensCommand::quoted);
    for (String role : comparison.roles()) {
      line(out, role, "%s, %s".formatted(role(left, role), role(right, role)));
    }
    out.println();
  }

  private static String role(Tokenizer tokenizer, String role) {
    String token = tokenizer.roles().get(role);
    return token == null ? "none" : quoted(token);
  }

  private static String moved(String token, Tokenizer left, Tokenizer right) {
    return "%s %d -> %d"
        .formatted(
            quoted(token),
            left.vocabulary().find(token).orElseThrow(),
            right.vocabulary().find(token).orElseThrow());
  }

  private void list(
      PrintWriter out,
      String title,
      List<String> tokens,
      java.util.function.Function<String, String> text) {
    if (!tokens.isEmpty()) {
      String some = String.join(", ", tokens.stream().limit(show).map(text).toList());
      String more = tokens.size() > show ? ", ..." : "";
      line(out, title, "%s: %s%s".formatted(count(tokens.size()), some, more));
    }
  }

  private static void union(Opened first, List<Opened> others, PrintWriter out) {
    List<String> problems = new ArrayList<>();
    TokenizerUnion union =
        TokenizerUnion.of(
            first.tokenizer,
            others.stream()
                .map(each ->
                    new TokenizerUnion.Member(each.tokenizer, each.rows.orElse(Long.MAX_VALUE)))
                .toList(),
            problems::add);
    out.println("Union");
    line(
        out,
        "Tokens",
        "%s, %s more than %s"
            .formatted(
                count(union.vocabulary().size()),
                count(union.newTokens()),
                first.tokenizer.name()));
    problems.forEach(problem -> line(out, "Problem", problem));
  }

  private static void line(PrintWriter out, String title, String text) {
    out.println("  %-10s  %s".formatted(title, text));
  }

  private static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  /// A token with its invisible characters shown.
  private static String quoted(String token) {
    String shown =
        token.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r");
    return '"' + (shown.length() > LONGEST ? shown.substring(0, LONGEST) + "..." : shown) + '"';
  }
}
