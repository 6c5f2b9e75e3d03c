// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import com.google.common.collect.ImmutableSortedMap;
import io.merge4j.About;
import io.merge4j.MergeMethod;
import io.merge4j.Methods;
import io.merge4j.Parameter;
import io.merge4j.Signature;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Lists the merge methods, or tells all about one.
@Command(
    name = "methods",
    description =
        "Lists the merge methods, or tells all about one: parameters, formula, paper, example.")
final class MethodsCommand implements Callable<Integer> {

  @Spec CommandSpec spec;

  @Parameters(index = "0", arity = "0..1", paramLabel = "NAME", description = "A method's name.")
  @Nullable String name;

  @Mixin Talk talk;

  @Override
  public Integer call() {
    talk.apply();
    PrintWriter out = spec.commandLine().getOut();
    if (name == null) {
      ImmutableSortedMap<String, MergeMethod> methods = Methods.all();
      int width = methods.keySet().stream().mapToInt(String::length).max().orElse(0);
      methods.forEach((each, method) ->
          out.println(("%-" + width + "s  %s").formatted(each, method.about().summary())));
      return 0;
    }
    describe(Methods.find(name), out);
    return 0;
  }

  private static void describe(MergeMethod method, PrintWriter out) {
    About about = method.about();
    Signature signature = method.signature();
    out.println(method.name() + ": " + about.summary());
    out.println();
    section("Formula", about.formula(), out);
    section("Source", about.source(), out);
    section("Models", signature.models() + base(signature.base()), out);
    out.println(signature.parameters().isEmpty() ? "Parameters  none" : "Parameters");
    signature.parameters().forEach(parameter -> out.println("  " + line(parameter)));
    if (!about.example().isEmpty()) {
      out.println();
      out.println("Example");
      about.example().lines().forEach(line -> out.println(line.isBlank() ? "" : "  " + line));
    }
  }

  private static void section(String title, String text, PrintWriter out) {
    if (!text.isEmpty()) {
      out.println("%-8s  %s".formatted(title, text.strip().replace("\n", "\n          ")));
    }
  }

  private static String base(Signature.Base base) {
    return switch (base) {
      case ORDINARY -> "; a base_model is one like the others";
      case FIRST -> "; base_model must be one of them";
      case OPTIONAL -> ", and perhaps a base_model apart from them";
      case REQUIRED -> ", and a base_model apart from them";
    };
  }

  /// `weight a number for each model, at least 0, required: share of the model`
  private static String line(Parameter parameter) {
    List<String> facts = new ArrayList<>();
    facts.add(parameter.type() + (parameter.perModel() ? " for each model" : ""));
    if (!parameter.range().isEmpty()) {
      facts.add(parameter.range());
    }
    facts.add(
        parameter
            .fallback()
            .map(value -> "default " + plain(value))
            .orElse(parameter.isRequired() ? "required" : "optional"));
    String about = parameter.about().isEmpty() ? "" : ": " + parameter.about();
    return "%-18s  %s%s".formatted(parameter.name(), String.join(", ", facts), about);
  }

  private static String plain(Object value) {
    return value instanceof Double number && number == Math.rint(number) && Math.abs(number) < 1e15
        ? Long.toString(number.longValue())
        : value.toString();
  }
}
