// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import io.merge4j.About;
import io.merge4j.MergePlan;
import io.merge4j.Version;
import io.merge4j.model.ModelId;
import io.merge4j.model.ModelReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The model card: front matter that the Hugging Face Hub understands, then method, models and
/// recipe.
final class ModelCard {

  /// Repository ids; local paths must not stand in a card, which the Hub would refuse.
  private static final Pattern REPOSITORY =
      Pattern.compile("[A-Za-z0-9][\\w.-]{0,95}/[A-Za-z0-9][\\w.-]{0,95}");

  private ModelCard() {}

  static String of(MergePlan plan) {
    StringBuilder card = new StringBuilder("---\n");
    List<String> repositories =
        plan.recipe().models().stream()
            .map(ModelReference::name)
            .filter(name -> !Files.exists(Path.of(name)))
            .map(ModelId::parse)
            .flatMap(id -> Stream.concat(Stream.of(id), id.adapter().stream()))
            .map(ModelId::place)
            .filter(place -> !Files.exists(Path.of(place)))
            .filter(name -> REPOSITORY.matcher(name).matches())
            .distinct()
            .toList();
    if (!repositories.isEmpty()) {
      card.append("base_model:\n");
      repositories.forEach(name -> card.append("- ").append(name).append('\n'));
      card.append("base_model_relation: merge\n");
    }
    card.append("library_name: transformers\ntags:\n- merge\n- mergekit\n- merge4j\n---\n");
    About about = plan.method().about();
    card.append("# Merged model\n\nMade with merge4j ").append(Version.TEXT).append(".\n\n");
    card.append("## Method\n\n`")
        .append(plan.method().name())
        .append("`: ")
        .append(about.summary());
    card.append(about.source().isEmpty() ? ".\n" : " (" + about.source() + ").\n");
    card.append("\n## Models\n\n");
    plan.recipe().models().forEach(model -> card.append("- ").append(model.name()).append('\n'));
    card.append(
        String.format(
            Locale.ROOT,
            "\n%d tensors, %,d parameters.\n",
            plan.weights().size(),
            plan.parameters()));
    card.append("\n## Recipe\n\n```yaml\n").append(plan.recipe().toYaml()).append("```\n");
    return card.toString();
  }
}
