// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import static java.util.stream.Collectors.joining;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import io.merge4j.About;
import io.merge4j.Bytes;
import io.merge4j.CardMetadata;
import io.merge4j.MergePlan;
import io.merge4j.Version;
import io.merge4j.model.LayerStacks;
import io.merge4j.model.ModelReference;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.TensorSpec;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// The model card: front matter that the Hugging Face Hub understands, then method, models,
/// license, size and recipe.
public final class ModelCard {

  /// Repository ids; local paths must not stand in front matter, which the Hub would refuse.
  private static final String REPOSITORY = "[A-Za-z0-9_][\\w.-]{0,95}/[A-Za-z0-9_][\\w.-]{0,95}";

  private static final String ADAPTER_LIBRARY = "peft";

  private static final String HUB = "https://huggingface.co/";

  private ModelCard() {}

  /// What programs shall know of the merge.
  static CardMetadata metadata(MergePlan plan) {
    return new CardMetadata(
        plan.recipe().models().stream()
            .map(ModelReference::name)
            .flatMap(ModelCard::repositories)
            .distinct()
            .collect(ImmutableList.toImmutableList()),
        "merge",
        "transformers",
        plan.licenses().ofMerge(),
        ImmutableList.of("merge", "mergekit", "merge4j"));
  }

  /// What programs shall know of an adapter that was merged from others.
  ///
  /// @param base the model that it belongs to
  static CardMetadata metadata(MergePlan plan, Optional<String> base) {
    ImmutableList<String> bases =
        base.stream().flatMap(ModelCard::repositories).collect(ImmutableList.toImmutableList());
    return new CardMetadata(
        bases,
        "adapter",
        ADAPTER_LIBRARY,
        plan.licenses().ofMerge(),
        ImmutableList.of("lora", "merge", "merge4j"));
  }

  /// The card.
  public static String text(MergePlan plan, CardMetadata metadata) {
    About about = plan.method().about();
    StringBuilder card = new StringBuilder(metadata.frontMatter());
    boolean adapter = metadata.library().equals(ADAPTER_LIBRARY);
    card.append(adapter ? "# Merged adapter" : "# Merged model");
    card.append("\n\nMade with merge4j ").append(Version.TEXT).append(".\n");
    card.append("\n## Method\n\n").append(Markdown.code(plan.method().name())).append(": ");
    card.append(Markdown.text(about.summary()));
    card.append(about.source().isEmpty() ? "" : " (" + Markdown.source(about.source()) + ")");
    card.append(".\n\n## Models\n\n");
    plan.recipe()
        .models()
        .forEach(model -> card.append("- ").append(link(model.name())).append('\n'));
    card.append("\n## License\n\n").append(license(plan));
    card.append("\n## Size\n\n").append(size(plan));
    card.append("\n## Recipe\n\n").append(Markdown.block("yaml", plan.recipe().toYaml()));
    return card.toString();
  }

  /// The repositories that a name leads to: that of the model and that of its adapter.
  private static Stream<String> repositories(String name) {
    return isHere(name)
        ? Stream.empty()
        : Splitter.on('+')
            .splitToStream(name)
            .map(part -> part.replaceFirst("@.*", "").strip())
            .filter(part -> part.matches(REPOSITORY) && !isHere(part));
  }

  private static boolean isHere(String name) {
    try {
      return Files.exists(Path.of(name));
    } catch (InvalidPathException e) {
      return false;
    }
  }

  private static String link(String name) {
    Optional<String> repository = repositories(name).findFirst();
    String code = Markdown.code(name);
    return repository.map(id -> "[" + code + "](" + HUB + id + ")").orElse(code);
  }

  private static String license(MergePlan plan) {
    if (!plan.licenses().differ() && plan.licenses().isKnown()) {
      return "The license of every input is "
          + plan.licenses().ofMerge().map(one -> Markdown.code(one.toString())).orElse("unknown")
          + ".\n";
    }
    StringBuilder text = new StringBuilder();
    text.append(
        plan.licenses().differ()
            ? "**The licenses of the inputs differ.** What the merge may be used for depends on all of them:\n\n"
            : "Not every input states its license, so none is stated for the merge:\n\n");
    plan.licenses()
        .byModel()
        .forEach((model, license) -> {
          text.append("- ").append(Markdown.code(model)).append(": ");
          text.append(license.map(one -> Markdown.code(one.toString())).orElse("unknown"));
          text.append('\n');
        });
    return text.toString();
  }

  private static String size(MergePlan plan) {
    Map<DType, Long> types = new EnumMap<>(DType.class);
    for (TensorSpec tensor : plan.layout().tensors()) {
      types.merge(tensor.dtype(), tensor.elements(), Long::sum);
    }
    String layers =
        LayerStacks.of(plan.layout().tensors()).stacks().stream()
            .map(stack -> stack.length() + " (" + Markdown.code(stack.prefix() + "*") + ")")
            .collect(joining(", "));
    String elements =
        types.entrySet().stream()
            .map(type -> type.getKey() + ": " + count(type.getValue()))
            .collect(joining(", "));
    return "| | |\n|---|---|\n"
        + row("Parameters", count(plan.parameters()))
        + row("Types", elements)
        + row("Tensors", count(plan.layout().tensors().size()))
        + row("Layers", layers.isEmpty() ? "none found" : layers)
        + row(
            "Files",
            count(plan.layout().shards().size()) + ", " + Bytes.print(plan.layout().bytes()));
  }

  private static String row(String name, String value) {
    return "| " + name + " | " + value.replace("|", "\\|") + " |\n";
  }

  private static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }
}
