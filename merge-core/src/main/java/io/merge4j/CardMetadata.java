// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// What a model card (`README.md`) tells programs: the YAML between two lines `---` at its
/// beginning.
///
/// *Source:* the Hugging Face Hub's model cards.
///
/// @param baseModels `base_model`, the models it was made from; ids, but cards hold anything
/// @param relation `base_model_relation`: `merge`, `finetune`, `adapter`, `quantized`, or empty
/// @param library `library_name`, which loads the model; may be empty
/// @param license `license`, if there is one
/// @param tags what lists of models are searched for
public record CardMetadata(
    ImmutableList<String> baseModels,
    String relation,
    String library,
    Optional<License> license,
    ImmutableList<String> tags) {

  /// What a card without front matter tells.
  public static final CardMetadata NONE =
      new CardMetadata(ImmutableList.of(), "", "", Optional.empty(), ImmutableList.of());

  /// Front matter is at the beginning; what follows may be long.
  private static final int LONGEST = 1 << 20;

  private static final String FENCE = "---";

  /// Reads the card in a file; [#NONE] if there is none, or none that can be read.
  public static CardMetadata read(Path card) {
    if (!Files.isRegularFile(card)) {
      return NONE;
    }
    try (InputStream in = Files.newInputStream(card)) {
      return parse(new String(in.readNBytes(LONGEST), StandardCharsets.UTF_8));
    } catch (IOException e) {
      return NONE;
    }
  }

  /// Reads the text of a card; [#NONE] if it has no front matter, or none that is valid.
  public static CardMetadata parse(String card) {
    String text = card.startsWith("\ufeff") ? card.substring(1) : card;
    Iterator<String> lines = text.lines().dropWhile(String::isBlank).iterator();
    if (!lines.hasNext() || !lines.next().strip().equals(FENCE)) {
      return NONE;
    }
    StringBuilder yaml = new StringBuilder();
    while (lines.hasNext()) {
      String line = lines.next();
      if (line.stripTrailing().equals(FENCE)) {
        try {
          return of(Yaml.parse(yaml.toString(), "front matter"));
        } catch (RecipeException e) {
          return NONE;
        }
      }
      yaml.append(line).append('\n');
    }
    return NONE;
  }

  /// The same from a tree, such as `cardData` in the Hub's answers.
  public static CardMetadata of(JsonNode tree) {
    return new CardMetadata(
        texts(tree.path("base_model")),
        text(tree.path("base_model_relation")),
        text(tree.path("library_name")),
        license(tree),
        texts(tree.path("tags")));
  }

  private static Optional<License> license(JsonNode tree) {
    ImmutableList<String> ids = texts(tree.path("license"));
    if (ids.size() > 1) {
      return Optional.of(new License(License.OTHER, String.join(", ", ids), ""));
    }
    return ids.stream()
        .findFirst()
        .map(id ->
            new License(
                Ascii.toLowerCase(id),
                text(tree.path("license_name")),
                text(tree.path("license_link"))));
  }

  private static ImmutableList<String> texts(JsonNode node) {
    Stream<JsonNode> nodes = node.isArray() ? node.values().stream() : Stream.of(node);
    return nodes
        .map(CardMetadata::text)
        .filter(text -> !text.isEmpty())
        .distinct()
        .collect(ImmutableList.toImmutableList());
  }

  private static String text(JsonNode node) {
    return node.isString() ? node.asString().strip() : "";
  }

  /// The front matter as it stands at the beginning of a card, with the lines `---` around it; what
  /// is empty is left out.
  public String frontMatter() {
    ObjectNode tree = JsonMapper.shared().createObjectNode();
    if (!baseModels.isEmpty()) {
      baseModels.forEach(tree.putArray("base_model")::add);
      put(tree, "base_model_relation", relation);
    }
    put(tree, "library_name", library);
    license.ifPresent(stated -> {
      put(tree, "license", stated.id());
      put(tree, "license_name", stated.name());
      put(tree, "license_link", stated.link());
    });
    if (!tags.isEmpty()) {
      tags.forEach(tree.putArray("tags")::add);
    }
    return FENCE + "\n" + Yaml.print(tree) + FENCE + "\n";
  }

  private static void put(ObjectNode tree, String key, String value) {
    if (!value.isEmpty()) {
      tree.put(key, value);
    }
  }
}
