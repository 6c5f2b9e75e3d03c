// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Chains that lack something do not compile: the compiler is run on them.
class IllegalChainsTest {

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Merger.slerp(a, b).t(0.5).writeTo(out)",
        "Merger.slerp(a, b).t(0, 0.5, 1).filter(\"self_attn\", 0, 1).filter(\"mlp\", 1).writeTo(out)",
        "Merger.linear().model(a).weight(0.7).filter(\"mlp\", 0.2).model(b).weight(0.3).writeTo(out)",
        "Merger.linear().model(a).weight(1).normalize(false).writeTo(out)",
        "Merger.taskArithmetic().base(b).model(a).weight(0.5).filter(\"mlp\", 0.2).model(a).weight(0, 1).lambda(1).writeTo(out)",
        "Merger.taskArithmetic().base(b).model(a).weight(1).normalize(true).lambda(0, 1).filter(\"mlp\", 1).writeTo(out)",
        "Merger.ties().base(b).model(a).weight(0.5).density(0.3).filter(\"mlp\", 0.2).model(b).weight(0.5).writeTo(out)",
        "Merger.ties().base(b).model(a).weight(1).election(\"count\").normalize(false).lambda(2).writeTo(out)",
        "Merger.breadcrumbs().base(b).model(a).weight(1).gamma(0.1).density(0.5).model(a).weight(1).writeTo(out)",
        "Merger.della().base(b).model(a).weight(1).epsilon(0.1).density(0.5).rescale(false).writeTo(out)",
        "Merger.nuslerp().model(a).weight(0.3).filter(\"mlp\", 1).model(b).weight(0.7).base(a).perRow().writeTo(out)",
        "Merger.nuslerp().model(a).weight(0.3).model(b).weight(0.7).perColumn().writeTo(out)",
        "Merger.multislerp().model(a).weight(1).model(b).weight(1).model(a).weight(1).base(b).eps(1e-6).writeTo(out)",
        "Merger.karcher().model(a).model(b).model(a).maxIter(20).tol(1e-6).writeTo(out)",
        "Merger.geometricMedian().model(a).model(b).model(a).maxIter(20).writeTo(out)",
        "Merger.modelStock().base(a).model(a).model(b).filterWise(true).writeTo(out)",
        "Merger.expo().base(a).model(b).alpha(0, 0.3).filter(\"mlp\", 0).writeTo(out)",
        "Merger.lines().base(a).model(b).weight(1).beta(0.5).filter(\"mlp\", 0).alpha(0.2).writeTo(out)",
        "Merger.consensusTies().base(b).model(a).weight(1).model(b).weight(1).normalize(true).lambda(2).writeTo(out)",
        "Merger.fisher().model(a).fisher(\"f\").weight(1).filter(\"mlp\", 0.5).normalize(true).floor(1e-5).writeTo(out)",
        "Merger.stack().layers(a, 0, 24).layers(b, 16, 32).scale(0.5).writeTo(out)",
        "Merger.using(new io.merge4j.method.Slerp(), a, b).base(a).with(\"t\", 0.5).writeTo(out)",
      })
  void complete_chains_compile(String chain) throws IOException {
    assertThat(compile(chain)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Merger.slerp(a, b).writeTo(out)",
        "Merger.slerp(a).t(0.5).writeTo(out)",
        "Merger.slerp(a, b).filter(\"mlp\", 1).t(0.5).writeTo(out)",
        "Merger.slerp(a, b).t(0.5).t(0.6).writeTo(out)",
        "Merger.linear().writeTo(out)",
        "Merger.linear().model(a).writeTo(out)",
        "Merger.linear().weight(0.5).model(a).writeTo(out)",
        "Merger.linear().model(a).weight(0.5).model(b).writeTo(out)",
        "Merger.linear().model(a).weight(0.5).weight(0.5).writeTo(out)",
        "Merger.linear().model(a).weight(0.5).normalize(true).filter(\"mlp\", 1).writeTo(out)",
        "Merger.taskArithmetic().model(a).weight(0.5).writeTo(out)",
        "Merger.taskArithmetic().base(b).writeTo(out)",
        "Merger.taskArithmetic().base(b).model(a).writeTo(out)",
        "Merger.taskArithmetic().base(b).model(a).lambda(1).writeTo(out)",
        "Merger.taskArithmetic().base(b).base(b).model(a).weight(1).writeTo(out)",
        "Merger.ties().model(a).weight(0.5).writeTo(out)",
        "Merger.ties().base(b).model(a).density(0.5).writeTo(out)",
        "Merger.ties().base(b).model(a).weight(1).gamma(0.5).writeTo(out)",
        "Merger.dareTies().base(b).model(a).weight(1).normalize(true).density(1).writeTo(out)",
        "Merger.nuslerp().model(a).weight(0.3).writeTo(out)",
        "Merger.nuslerp().model(a).weight(1).model(b).weight(1).model(a).weight(1).writeTo(out)",
        "Merger.nuslerp().model(a).weight(1).model(b).weight(1).perRow().perColumn().writeTo(out)",
        "Merger.multislerp().model(a).weight(1).writeTo(out)",
        "Merger.multislerp().base(a).model(a).weight(1).model(b).weight(1).writeTo(out)",
        "Merger.consensusTies().base(b).model(a).weight(1).model(b).weight(1).normalize(true).rescale(true).writeTo(out)",
        "Merger.fisher().model(a).fisher(\"f\").filter(\"mlp\", 0.5).writeTo(out)",
        "Merger.fisher().model(a).fisher(\"f\").weight(1).normalize(true).filter(\"mlp\", 0.5).writeTo(out)",
        "Merger.karcher().model(a).writeTo(out)",
        "Merger.karcher().model(a).model(b).weight(1).writeTo(out)",
        "Merger.geometricMedian().model(a).writeTo(out)",
        "Merger.modelStock().base(a).model(b).writeTo(out)",
        "Merger.modelStock().model(a).model(b).writeTo(out)",
        "Merger.expo().base(a).model(b).writeTo(out)",
        "Merger.expo().base(a).model(b).model(a).alpha(1).writeTo(out)",
        "Merger.lines().base(a).model(b).weight(1).writeTo(out)",
        "Merger.lines().base(a).model(b).beta(1).writeTo(out)",
        "Merger.stack().writeTo(out)",
        "Merger.stack().scale(0.5).layers(a, 0, 24).writeTo(out)",
      })
  void incomplete_chains_do_not(String chain) throws IOException {
    assertThat(compile(chain)).contains("error: ");
  }

  /// What the compiler says of a program that is nothing but the chain.
  private String compile(String chain) throws IOException {
    Path source = directory.resolve("Chain.java");
    Files.writeString(
        source,
        """
        import io.merge4j.*;
        class Chain {
          void run(io.merge4j.model.Model a, io.merge4j.model.Model b, java.nio.file.Path out) {
            %s;
          }
        }
        """
            .formatted(chain));
    StringWriter messages = new StringWriter();
    PrintWriter printer = new PrintWriter(messages);
    ToolProvider.findFirst("javac")
        .orElseThrow()
        .run(
            printer,
            printer,
            "-proc:none",
            "-d",
            directory.toString(),
            "-classpath",
            System.getProperty("java.class.path"),
            source.toString());
    return messages.toString();
  }
}
