// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import static java.util.stream.Collectors.joining;

import io.merge4j.model.ModelReference;
import io.merge4j.tensor.CheckpointLayout.Shard;
import io.merge4j.tensor.TensorSpec;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/// A plan as text: what goes in, what comes out, and a line for each kind of weight.
final class PlanTable {

  /// Weights alike but for the layer are one line.
  private record Kind(String name, String dtype, String shape, String inputs) {}

  private static final class Tally {
    int tensors;
    long bytes;
  }

  private PlanTable() {}

  static String print(MergePlan plan) {
    StringBuilder text = new StringBuilder();
    text.append("Method      ").append(plan.method().name()).append('\n');
    plan.recipe().base().ifPresent(base -> text.append("Base        ").append(base).append('\n'));
    text.append("Models      ")
        .append(plan.recipe().models().stream().map(ModelReference::name).collect(joining(", ")))
        .append('\n');
    text.append(
        "Reads       %s in %d tensors, once over%n"
            .formatted(Bytes.print(plan.inputBytes()), inputs(plan)));
    text.append(
        "Writes      %s: %d tensors, %s parameters%n"
            .formatted(
                Bytes.print(plan.layout().bytes()),
                plan.layout().tensors().size(),
                count(plan.parameters())));
    for (Shard shard : plan.layout().shards()) {
      text.append(
          "            %s  %s, %d tensors%n"
              .formatted(shard.file(), Bytes.print(shard.bytes()), shard.tensors().size()));
    }
    text.append("Memory      at most %s%n".formatted(Bytes.print(plan.memory())));
    plan.remarks().forEach(remark -> text.append("Remark      ").append(remark).append('\n'));
    table(plan, text.append('\n'));
    return text.toString();
  }

  private static int inputs(MergePlan plan) {
    return plan.weights().stream().mapToInt(weight -> weight.inputs().size()).sum();
  }

  private static void table(MergePlan plan, StringBuilder text) {
    Map<Kind, Tally> kinds = new LinkedHashMap<>();
    for (PlannedWeight weight : plan.weights()) {
      TensorSpec output = weight.output();
      String name = weight.weight().layer().isPresent() ? star(output.name()) : output.name();
      String action = weight.copied() ? "copied" : "from " + weight.inputs().size();
      Tally tally =
          kinds.computeIfAbsent(
              new Kind(name, output.dtype().name(), output.shape().toString(), action),
              kind -> new Tally());
      tally.tensors++;
      tally.bytes += output.bytes();
    }
    int width = kinds.keySet().stream().mapToInt(kind -> kind.name.length()).max().orElse(4);
    String format = "%-" + Math.max(width, 6) + "s  %7s  %-5s  %-16s  %-7s  %10s%n";
    text.append(format.formatted("Weight", "Tensors", "Type", "Shape", "Inputs", "Bytes"));
    kinds.forEach((kind, tally) ->
        text.append(
            format.formatted(
                kind.name,
                tally.tensors,
                kind.dtype,
                kind.shape,
                kind.inputs,
                Bytes.print(tally.bytes))));
  }

  /// The name with its numbers replaced by stars.
  private static String star(String name) {
    return name.replaceAll("(?<=^|\\.)\\d+(?=\\.)", "*");
  }

  private static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }
}
