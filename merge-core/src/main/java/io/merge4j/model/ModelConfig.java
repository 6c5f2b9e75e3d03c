// SPDX-License-Identifier: Apache-2.0
package io.merge4j.model;

import com.google.common.collect.ImmutableSet;
import io.merge4j.MergeException;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.SmallFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// A model's `config.json`: read leniently, changed only where a merge changes the model.
///
/// The text part of a composite model (`text_config` and the like) is looked at where the top level
/// is silent.
public final class ModelConfig {

  /// The configuration of a model that has none.
  public static final ModelConfig EMPTY = new ModelConfig(JsonMapper.shared().createObjectNode());

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  private static final List<String> TEXT_PARTS =
      List.of(
          "text_config", "text_encoder", "decoder", "generator", "language_config", "llm_config");

  private final ObjectNode json;

  private ModelConfig(ObjectNode json) {
    this.json = json;
  }

  /// The configuration in a JSON object; later changes of `json` have no effect.
  public static ModelConfig of(ObjectNode json) {
    return new ModelConfig(json.deepCopy());
  }

  /// Reads a `config.json`; a file that does not exist is an empty configuration.
  ///
  /// @throws MergeException if it is not a JSON object
  public static ModelConfig read(Path file) throws IOException {
    if (!Files.exists(file)) {
      return EMPTY;
    }
    byte[] content = SmallFile.bytes(file);
    try {
      if (JSON.readTree(content) instanceof ObjectNode object) {
        return new ModelConfig(object);
      }
    } catch (JacksonException e) {
      throw new MergeException(
          "Cannot read configuration %s: %s".formatted(file, e.getOriginalMessage()), e);
    }
    throw new MergeException(
        "Cannot read configuration %s: expected a JSON object at the top level".formatted(file));
  }

  public boolean isEmpty() {
    return json.isEmpty();
  }

  /// A copy of the JSON object.
  public ObjectNode json() {
    return json.deepCopy();
  }

  /// The `model_type`, e.g. `llama`.
  public Optional<String> modelType() {
    return Optional.ofNullable(json.path("model_type").stringValue(null));
  }

  /// The `vocab_size`, of the text part in a composite model.
  public OptionalLong vocabularySize() {
    return number("vocab_size");
  }

  /// The width of the input embedding, of the text part in a composite model.
  public OptionalLong embeddingSize() {
    return Stream.of(
            "word_embed_proj_dim", "embedding_size", "hidden_size", "n_embd", "d_model", "dim")
        .map(this::number)
        .filter(OptionalLong::isPresent)
        .findFirst()
        .orElse(OptionalLong.empty());
  }

  /// All numbers of layers that it knows, of whatever stacks, at the top level and in parts.
  public ImmutableSet<Long> depths() {
    return Stream.concat(Stream.of(json), json.valueStream())
        .flatMap(part -> ModelFacts.KNOWN.depthKeys().stream().map(part::path))
        .filter(ModelConfig::isWhole)
        .map(JsonNode::longValue)
        .collect(ImmutableSet.toImmutableSet());
  }

  /// The type of the weights, if it says one.
  public Optional<DType> dtype() {
    return Stream.of("dtype", "torch_dtype")
        .flatMap(key -> find(key).stream())
        .filter(JsonNode::isString)
        .flatMap(node -> DType.ofTorch(node.stringValue()).stream())
        .findFirst();
  }

  /// The whole number under a key, of the text part in a composite model.
  public OptionalLong number(String key) {
    return find(key)
        .filter(ModelConfig::isWhole)
        .map(node -> OptionalLong.of(node.longValue()))
        .orElse(OptionalLong.empty());
  }

  /// Whether it is a whole number of 64 bits; larger ones are no sizes of anything.
  private static boolean isWhole(JsonNode node) {
    return node.isIntegralNumber() && node.canConvertToLong();
  }

  /// Whether the output head is the input embedding and may be missing from the checkpoint.
  ///
  /// Where the configuration is silent the model type's default holds.
  public boolean tiesEmbeddings() {
    return find("tie_word_embeddings")
        .filter(JsonNode::isBoolean)
        .map(JsonNode::booleanValue)
        .orElseGet(
            () -> modelType().filter(ModelFacts.KNOWN.tiedByDefault()::contains).isPresent());
  }

  /// Whether linear weights are stored in x out, not out x in.
  public boolean storesInByOut() {
    return modelType().filter(ModelFacts.KNOWN.storedInByOut()::contains).isPresent();
  }

  /// Whether PEFT with transformers 5 misses modules that adapters name as the checkpoint does.
  public boolean renamesModules() {
    return modelType().filter(ModelFacts.KNOWN.renamedModules()::contains).isPresent();
  }

  /// Whether tensors hold packed or scaled numbers rather than plain weights.
  public boolean isQuantized() {
    return find("quantization_config").filter(JsonNode::isObject).isPresent();
  }

  /// Whether it has one of these keys, with a value other than null, at the top level or in the
  /// text part.
  public boolean hasAny(Set<String> keys) {
    return keys.stream().anyMatch(key -> find(key).isPresent());
  }

  /// Whether it lists the kind of attention of each layer.
  public boolean listsKinds() {
    return hasAny(Set.of(KindRule.LIST));
  }

  /// Whether it says itself, and not just by its type, that the output head is no input embedding.
  public boolean deniesTie() {
    return find("tie_word_embeddings").filter(JsonNode::isBoolean).isPresent() && !tiesEmbeddings();
  }

  private Optional<JsonNode> find(String key) {
    return sections().stream().filter(s -> s.hasNonNull(key)).map(s -> s.get(key)).findFirst();
  }

  private List<ObjectNode> sections() {
    return sections(json);
  }

  /// The top level and the text parts below it.
  private static List<ObjectNode> sections(ObjectNode json) {
    List<ObjectNode> sections = new ArrayList<>(List.of(json));
    for (String part : TEXT_PARTS) {
      if (json.get(part) instanceof ObjectNode section) {
        sections.add(section);
      }
    }
    return sections;
  }

  /// This configuration for weights of another type: `dtype` and `torch_dtype` wherever they stand,
  /// and `torch_dtype` at the top level if neither does.
  public ModelConfig withDType(DType dtype) {
    ObjectNode changed = json();
    boolean found = false;
    for (ObjectNode section : sections(changed)) {
      for (String key : List.of("dtype", "torch_dtype")) {
        if (section.has(key)) {
          section.put(key, dtype.torchName());
          found = true;
        }
      }
    }
    if (!found) {
      changed.put("torch_dtype", dtype.torchName());
    }
    return new ModelConfig(changed);
  }

  /// This configuration for another number of rows of the embedding.
  public ModelConfig withVocabularySize(long size) {
    return replacing("vocab_size", JSON.getNodeFactory().numberNode(size));
  }

  /// This configuration, saying whether the output head is the input embedding.
  public ModelConfig withTiedEmbeddings(boolean tied) {
    ObjectNode changed = json();
    changed.put("tie_word_embeddings", tied);
    sections(changed).stream()
        .filter(section -> section.has("tie_word_embeddings"))
        .forEach(section -> section.put("tie_word_embeddings", tied));
    return new ModelConfig(changed);
  }

  /// This configuration for a stack put together anew; see [StackedConfig].
  public ModelConfig withLayers(LayerStacks.Stack stack, List<LayerOrigin> layers) {
    ObjectNode changed = json();
    new StackedConfig(stack, layers).apply(changed);
    return new ModelConfig(changed);
  }

  /// Sets `key` in the section where it stands, else at the top level.
  private ModelConfig replacing(String key, JsonNode value) {
    ObjectNode changed = json();
    sections(changed).stream()
        .filter(section -> section.has(key))
        .findFirst()
        .orElse(changed)
        .set(key, value);
    return new ModelConfig(changed);
  }

  /// The JSON text, indented, with a final newline.
  @Override
  public String toString() {
    return JSON.writeValueAsString(json) + "\n";
  }
}
