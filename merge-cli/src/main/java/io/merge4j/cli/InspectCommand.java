// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import io.merge4j.Bytes;
import io.merge4j.model.LayerStacks.Stack;
import io.merge4j.model.Model;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.TensorSpec;
import java.io.PrintWriter;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Shows what a model is made of.
@Command(name = "inspect", description = "Shows a model: stacks, layers, parameters, types, bytes.")
final class InspectCommand implements Callable<Integer> {

  /// Keys of configurations worth a line, whatever the family calls them.
  private static final List<String> HIGHLIGHTS =
      List.of(
          "num_hidden_layers",
          "n_layer",
          "num_layers",
          "hidden_size",
          "n_embd",
          "d_model",
          "intermediate_size",
          "num_attention_heads",
          "n_head",
          "num_key_value_heads",
          "num_experts",
          "num_local_experts",
          "vocab_size",
          "max_position_embeddings",
          "tie_word_embeddings",
          "dtype",
          "torch_dtype");

  /// Tensors alike but for the layer are one line.
  private record Kind(String name, DType dtype, String shape) {}

  private static final class Tally {
    long tensors;
    long parameters;
    long bytes;

    void add(TensorSpec spec) {
      tensors++;
      parameters += spec.elements();
      bytes += spec.bytes();
    }
  }

  @Spec CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description = "Directory, file, or repository org/name[@revision].")
  String name;

  @Mixin Talk talk;

  @Override
  public Integer call() {
    talk.apply();
    try (Model model = Models.open(name)) {
      PrintWriter out = spec.commandLine().getOut();
      summary(model, out);
      out.println();
      table(model, out);
      return 0;
    }
  }

  private static void summary(Model model, PrintWriter out) {
    line(out, "Model", model.name());
    line(out, "Type", type(model.config().json()));
    line(out, "Config", highlights(model.config().json()));
    model.stacks().stacks().forEach(stack -> line(out, "Stack", text(stack)));
    counts(model.checkpoint().specs(), out);
    line(
        out,
        "Metadata",
        model.checkpoint().metadata().entrySet().stream()
            .map(each -> each.getKey() + " " + each.getValue())
            .collect(Collectors.joining(", ")));
  }

  private static String text(Stack stack) {
    return String.format(
        Locale.ROOT,
        "%s  %d %s, %,d parameters",
        stack.prefix(),
        stack.length(),
        stack.length() == 1 ? "layer" : "layers",
        stack.elements());
  }

  private static void counts(Collection<TensorSpec> tensors, PrintWriter out) {
    Tally all = new Tally();
    Map<DType, Tally> dtypes = new EnumMap<>(DType.class);
    for (TensorSpec tensor : tensors) {
      all.add(tensor);
      dtypes.computeIfAbsent(tensor.dtype(), dtype -> new Tally()).add(tensor);
    }
    line(out, "Tensors", String.format(Locale.ROOT, "%,d", all.tensors));
    line(out, "Parameters", String.format(Locale.ROOT, "%,d", all.parameters));
    line(out, "Bytes", Bytes.print(all.bytes));
    line(
        out,
        "Types",
        dtypes.entrySet().stream()
            .map(each -> text(each.getKey(), each.getValue()))
            .collect(Collectors.joining(", ")));
  }

  private static String text(DType dtype, Tally tally) {
    return String.format(
        Locale.ROOT, "%s %,d (%s)", dtype, tally.parameters, Bytes.print(tally.bytes));
  }

  private static String type(ObjectNode config) {
    String architectures =
        config
            .path("architectures")
            .valueStream()
            .map(JsonNode::asString)
            .collect(Collectors.joining(", "));
    String type = config.path("model_type").asString("");
    return architectures.isEmpty() ? type : type + " (" + architectures + ")";
  }

  private static String highlights(ObjectNode config) {
    return HIGHLIGHTS.stream()
        .filter(config::hasNonNull)
        .map(key -> key + " " + config.get(key).asString())
        .collect(Collectors.joining(", "));
  }

  private static void table(Model model, PrintWriter out) {
    Map<Kind, Tally> kinds = new LinkedHashMap<>();
    for (TensorSpec tensor : model.checkpoint().specs()) {
      String kind =
          model
              .stacks()
              .locate(tensor.name())
              .map(place ->
                  place.stack().prefix()
                      + "*."
                      + place.rest().replaceAll("(?<=^|\\.)\\d+(?=\\.)", "*"))
              .orElse(tensor.name());
      kinds
          .computeIfAbsent(
              new Kind(kind, tensor.dtype(), tensor.shape().toString()), each -> new Tally())
          .add(tensor);
    }
    int width = kinds.keySet().stream().mapToInt(kind -> kind.name.length()).max().orElse(6);
    String format = "%-" + Math.max(width, 6) + "s  %7s  %-7s  %-16s  %15s  %10s";
    out.println(
        String.format(
            Locale.ROOT, format, "Weight", "Tensors", "Type", "Shape", "Parameters", "Bytes"));
    kinds.forEach((kind, tally) ->
        out.println(
            String.format(
                Locale.ROOT,
                format,
                kind.name,
                tally.tensors,
                kind.dtype,
                kind.shape,
                String.format(Locale.ROOT, "%,d", tally.parameters),
                Bytes.print(tally.bytes))));
  }

  private static void line(PrintWriter out, String title, String text) {
    if (!text.isBlank()) {
      out.println("%-10s  %s".formatted(title, text));
    }
  }
}
