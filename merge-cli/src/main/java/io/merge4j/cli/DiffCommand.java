// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import io.merge4j.model.Model;
import io.merge4j.tensor.SourceFiles;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorDifference;
import io.merge4j.tensor.TensorSpec;
import java.io.PrintWriter;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Compares two checkpoints tensor by tensor.
@Command(
    name = "diff",
    description = {
      "Compares the tensors of two models, and exits 1 if they differ.",
      "Differences are in units in the last place (ulps) of the tensors' type."
    })
final class DiffCommand implements Callable<Integer> {

  /// What is to be said of a tensor, if anything.
  private record Line(String name, boolean equal, String text) {}

  @Spec CommandSpec spec;

  @Parameters(index = "0", paramLabel = "A", description = "Directory, file, or org/name.")
  String first;

  @Parameters(index = "1", paramLabel = "B", description = "Directory, file, or org/name.")
  String second;

  @Option(names = "--all", description = "List equal tensors as well.")
  boolean all;

  @Mixin Talk talk;

  @Override
  public Integer call() {
    talk.apply();
    try (Model a = Models.open(first);
        Model b = Models.open(second)) {
      SourceFiles files = SourceFiles.of(a.checkpoint(), b.checkpoint());
      List<Line> lines =
          names(a, b).parallelStream().map(name -> compare(name, a, b, files)).toList();
      if (!talk.quiet) {
        print(lines);
      }
      return lines.stream().allMatch(Line::equal) ? 0 : 1;
    }
  }

  private static Set<String> names(Model a, Model b) {
    Set<String> names = new LinkedHashSet<>();
    a.checkpoint().specs().forEach(tensor -> names.add(tensor.name()));
    b.checkpoint().specs().forEach(tensor -> names.add(tensor.name()));
    return names;
  }

  private Line compare(String name, Model a, Model b, SourceFiles files) {
    Optional<Tensor> left = a.checkpoint().find(name);
    Optional<Tensor> right = b.checkpoint().find(name);
    if (left.isEmpty() || right.isEmpty()) {
      return new Line(name, false, "only in " + (left.isPresent() ? first : second));
    }
    TensorSpec p = left.get().spec();
    TensorSpec q = right.get().spec();
    if (!p.shape().equals(q.shape())) {
      return new Line(name, false, "shapes %s and %s".formatted(p.shape(), q.shape()));
    }
    TensorDifference difference = difference(left.get(), right.get(), files);
    boolean equal = p.dtype() == q.dtype() && difference.equals(TensorDifference.NONE);
    String types =
        p.dtype() == q.dtype() ? "" : "types %s and %s; ".formatted(p.dtype(), q.dtype());
    return new Line(name, equal, types + (equal ? "equal" : text(difference, p.elements())));
  }

  private static TensorDifference difference(Tensor left, Tensor right, SourceFiles files) {
    try {
      return TensorDifference.of(left, right);
    } catch (InternalError e) {
      throw files.unreadable(left.spec().name(), e);
    }
  }

  private static String text(TensorDifference difference, long elements) {
    if (difference.elements() < 0) {
      return "bytes differ";
    }
    String ulps =
        difference.ulps() < 0
            ? ""
            : String.format(Locale.ROOT, "max %,d ulps, ", difference.ulps());
    return String.format(
        Locale.ROOT,
        "%,d of %,d elements differ, %smax |a-b| %.3g, cosine %.9f",
        difference.elements(),
        elements,
        ulps,
        difference.greatest(),
        difference.cosine());
  }

  private void print(List<Line> lines) {
    PrintWriter out = spec.commandLine().getOut();
    int width =
        lines.stream()
            .filter(line -> all || !line.equal())
            .mapToInt(line -> line.name().length())
            .max()
            .orElse(1);
    for (Line line : lines) {
      if (all || !line.equal()) {
        out.println(("%-" + width + "s  %s").formatted(line.name(), line.text()));
      }
    }
    long equal = lines.stream().filter(Line::equal).count();
    out.println(
        String.format(Locale.ROOT, "%,d tensors equal, %,d differ", equal, lines.size() - equal));
  }
}
