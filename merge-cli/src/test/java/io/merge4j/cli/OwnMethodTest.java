// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.MergeMethod;
import io.merge4j.Recipe;
import io.merge4j.model.Model;
import io.merge4j.safetensors.Safetensors;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import jdk.jshell.JShell;
import jdk.jshell.Snippet;
import jdk.jshell.SnippetEvent;
import jdk.jshell.SourceCodeAnalysis.CompletionInfo;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The method that the README shows, word for word: used from a program, and from a recipe.
class OwnMethodTest {

  private static final String IMPORTS =
      """
      import io.merge4j.*;
      import java.nio.file.*;
      import java.util.*;
      """;

  /// The record up to the brace in the first column, and what follows it.
  private static final Pattern METHOD =
      Pattern.compile(
          "### A method of your own\n+```java\n(public record (\\w+).*?\n}\n)(.*?)```",
          Pattern.DOTALL);

  @TempDir Path temp;
  private Matcher readme;
  private Path a;
  private Path b;
  private Path out;

  @BeforeEach
  void read() throws IOException {
    readme = METHOD.matcher(Files.readString(Path.of("../README.md")));
    assertThat(readme.find()).isTrue();
    a = model("a", 1, 2, -4);
    b = model("b", 3, 6, 4);
    out = temp.resolve("out");
  }

  private Path model(String name, float... values) throws IOException {
    Path file = temp.resolve(name + ".safetensors");
    Safetensors.write(file, List.of(Tensor.of("w", Shape.of(values.length), values)));
    return file;
  }

  private float[] merged() {
    try (Model model = Model.open(out)) {
      float[] values = new float[3];
      model.checkpoint().find("w").orElseThrow().read(0, 3, values, 0);
      return values;
    }
  }

  @Test
  void takes_less_than_thirty_lines() {
    assertThat(readme.group(1).lines().count() + readme.group(3).lines().count()).isLessThan(30);
  }

  @Test
  void runs_as_the_readme_has_it() throws IOException {
    try (JShell shell = JShell.builder().executionEngine("local").build()) {
      shell.addToClasspath(JShellCommand.classPath());
      run(
          shell,
          IMPORTS
              + "Path a = Path.of(\"%s\"), b = Path.of(\"%s\"), out = Path.of(\"%s\");"
                  .formatted(a, b, out)
                  .replace("\\", "\\\\"));
      run(shell, readme.group(1) + readme.group(3));
    }

    assertThat(merged()).containsExactly(2, 4, 0);
  }

  private static void run(JShell shell, String source) {
    String rest = source;
    while (!rest.isBlank()) {
      CompletionInfo next = shell.sourceCodeAnalysis().analyzeCompletion(rest);
      for (SnippetEvent event : shell.eval(next.source())) {
        assertThat(event.status())
            .as(() -> next.source() + shell.diagnostics(event.snippet()).toList())
            .isEqualTo(Snippet.Status.VALID);
        assertThat(event.exception()).as(next.source()).isNull();
      }
      rest = next.remaining();
    }
  }

  @Test
  void is_known_to_recipes_once_it_is_registered() throws IOException {
    Path classes = Files.createDirectory(temp.resolve("classes"));
    compile(classes);
    Path services = Files.createDirectories(classes.resolve("META-INF/services"));
    Files.writeString(services.resolve(MergeMethod.class.getName()), readme.group(2) + "\n");
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {classes.toUri().toURL()}, before)) {
      thread.setContextClassLoader(loader);
      Recipe.parse(
              """
              merge_method: average
              models:
                - model: "%s"
                - model: "%s"
              """
                  .formatted(a, b))
          .writeTo(out);

      assertThat(merged()).containsExactly(2, 4, 0);
      assertThat(Cli.run("methods").out()).contains("\naverage ");
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  private void compile(Path classes) throws IOException {
    Path source = temp.resolve(readme.group(2) + ".java");
    Files.writeString(source, IMPORTS + readme.group(1));
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter messages = new StringWriter();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      List<String> options = List.of("-d", classes.toString(), "-cp", JShellCommand.classPath());
      boolean done =
          compiler
              .getTask(messages, files, null, options, null, files.getJavaFileObjects(source))
              .call();
      assertThat(done).as(messages.toString()).isTrue();
    }
  }
}
