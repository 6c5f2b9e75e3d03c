// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jdk.jshell.ErroneousSnippet;
import jdk.jshell.JShell;
import jdk.jshell.Snippet;
import jdk.jshell.SnippetEvent;
import jdk.jshell.SourceCodeAnalysis.CompletionInfo;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// The Java code in the README and in public Javadoc compiles. It is not run.
class DocumentedCodeTest {

  private static final Pattern MARKDOWN = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

  /// Up to a brace after which there is nothing, or no comment.
  private static final Pattern JAVADOC =
      Pattern.compile(
          " */// \\{@snippet lang=java :\n(.*?\n) */// }\n(?= *(///\n|[^/ ]))", Pattern.DOTALL);

  private static final Pattern JAVADOC_PREFIX = Pattern.compile("^ */// ?", Pattern.MULTILINE);

  /// Names that the texts use without saying what they are.
  private static final String KNOWN =
      """
      import io.merge4j.*;
      import io.merge4j.lora.*;
      import io.merge4j.method.*;
      import io.merge4j.model.*;
      import io.merge4j.tensor.*;
      import java.nio.file.*;
      import java.util.*;
      Path a, b, c, base, out, path;
      Merge merge;
      record MyMethod() implements MergeMethod {
        public String name() { return "mine"; }
        public Signature signature() { return Signature.atLeast(1); }
        public Blend prepare(Operands x) { return Blend.copy(0); }
      }
      """;

  static Stream<Arguments> blocks() throws IOException {
    List<Path> sources = new ArrayList<>();
    for (String module : List.of("merge-core", "merge-safetensors", "merge-hub")) {
      try (Stream<Path> files = Files.walk(Path.of("..", module, "src/main/java"))) {
        files.filter(file -> file.toString().endsWith(".java")).sorted().forEach(sources::add);
      }
    }
    return Stream.concat(
        blocks(Path.of("../README.md"), MARKDOWN),
        sources.stream().flatMap(source -> blocks(source, JAVADOC)));
  }

  private static Stream<Arguments> blocks(Path file, Pattern block) {
    try {
      List<MatchResult> found = block.matcher(Files.readString(file)).results().toList();
      return found.stream()
          .map(match -> JAVADOC_PREFIX.matcher(match.group(1)).replaceAll(""))
          .map(code -> argumentSet(file.getFileName() + ": " + code.lines().findFirst(), code));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("blocks")
  void compiles(String code) throws IOException {
    try (JShell shell = JShell.builder().executionEngine("local").build()) {
      shell.addToClasspath(JShellCommand.classPath());
      snippets(shell, KNOWN).forEach(snippet -> compile(shell, snippet));
      List<String> statements = new ArrayList<>();
      for (String snippet : snippets(shell, code)) {
        if (kind(shell, snippet) == Snippet.Kind.TYPE_DECL) {
          compile(shell, snippet);
        } else {
          statements.add(snippet.replaceFirst("^static final ", "final ") + ";");
        }
      }
      compile(shell, "void shown() throws Exception {\n" + String.join("\n", statements) + "\n}");
    }
  }

  private static Snippet.Kind kind(JShell shell, String snippet) {
    return shell.sourceCodeAnalysis().sourceToSnippets(snippet).getFirst().kind();
  }

  private static List<String> snippets(JShell shell, String code) {
    List<String> snippets = new ArrayList<>();
    String rest = code;
    while (!rest.isBlank()) {
      CompletionInfo next = shell.sourceCodeAnalysis().analyzeCompletion(rest);
      assertThat(next.completeness().isComplete()).as(rest).isTrue();
      snippets.add(next.source().strip());
      rest = next.remaining();
    }
    return snippets;
  }

  private static void compile(JShell shell, String snippet) {
    for (SnippetEvent event : shell.eval(snippet)) {
      assertThat(event.snippet()).as(snippet).isNotInstanceOf(ErroneousSnippet.class);
      assertThat(event.status())
          .as(() -> snippet + shell.diagnostics(event.snippet()).toList())
          .isEqualTo(Snippet.Status.VALID);
    }
  }
}
