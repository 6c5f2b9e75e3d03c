// SPDX-License-Identifier: Apache-2.0
package io.merge4j.model;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The few facts on models that names, shapes and configurations do not tell, read from
/// `facts.json`.
///
/// They describe single tensors and keys, three things that configurations leave to their
/// `model_type`, and which types transformers renames, never model families as a whole: a model
/// that nobody thought of here merges too.
///
/// @param inputEmbeddings names of vocabulary x hidden matrices that read tokens
/// @param outputHeads names of vocabulary x hidden matrices that write tokens, perhaps tied to the
///   former
/// @param vocabularyVectors names of vectors with one element per token
/// @param tiedHeads what the weight of a tied head is called where it is no `lm_head`, by the full
///   name of a tensor that such models store
/// @param tiedBiases names of biases that are those of the module above, if the head is tied
/// @param positions parts of names of tensors with a row per position
/// @param afterLayers parts of names of tensors that come after the layers
/// @param tiedByDefault model types whose head is the input embedding if the configuration is
///   silent
/// @param storedInByOut model types whose linear weights are stored in x out
/// @param renamedModules model types of which transformers 5 calls modules otherwise than
///   checkpoints do, and PEFT leaves out of adapters what has another name
/// @param depthKeys configuration keys that hold a number of layers, the more general first
/// @param notPerLayer configuration lists that are never per layer, whatever their length
/// @param layerIndexLists configuration lists of layer numbers
/// @param layerKinds how model types tell the kind of attention of a layer from its number
/// @param buffers names of tensors that models compute themselves and need not store
record ModelFacts(
    ImmutableSet<String> inputEmbeddings,
    ImmutableSet<String> outputHeads,
    ImmutableSet<String> vocabularyVectors,
    ImmutableMap<String, String> tiedHeads,
    ImmutableSet<String> tiedBiases,
    ImmutableSet<String> positions,
    ImmutableSet<String> afterLayers,
    ImmutableSet<String> tiedByDefault,
    ImmutableSet<String> storedInByOut,
    ImmutableSet<String> renamedModules,
    ImmutableSet<String> depthKeys,
    ImmutableSet<String> notPerLayer,
    ImmutableSet<String> layerIndexLists,
    ImmutableList<KindRule> layerKinds,
    ImmutableSet<String> buffers) {

  static final ModelFacts KNOWN = load();

  private static final Splitter PARTS = Splitter.on('.');

  /// Whether `tensor` is one of `names` or ends in one, on a whole dotted part.
  static boolean isNamed(String tensor, ImmutableSet<String> names) {
    for (String name : names) {
      if (isNamed(tensor, name)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isNamed(String tensor, String name) {
    int before = tensor.length() - name.length() - 1;
    return tensor.endsWith(name) && (before < 0 || tensor.charAt(before) == '.');
  }

  /// Whether a tensor outside the layers comes after them, such as a final norm or a head.
  boolean isAfterLayers(String tensor) {
    return PARTS.splitToStream(tensor).anyMatch(afterLayers::contains);
  }

  /// Whether a tensor has a row per position of a text rather than per token.
  boolean isPositional(String tensor) {
    return positions.stream().anyMatch(tensor::contains);
  }

  private static ModelFacts load() {
    try (InputStream json = ModelFacts.class.getResourceAsStream("facts.json")) {
      JsonNode facts = JsonMapper.shared().readTree(Objects.requireNonNull(json, "facts.json"));
      return new ModelFacts(
          texts(facts, "inputEmbeddings"),
          texts(facts, "outputHeads"),
          texts(facts, "vocabularyVectors"),
          names(facts, "tiedHeads"),
          texts(facts, "tiedBiases"),
          texts(facts, "positions"),
          texts(facts, "afterLayers"),
          texts(facts, "tiedByDefault"),
          texts(facts, "storedInByOut"),
          texts(facts, "renamedModules"),
          texts(facts, "depthKeys"),
          texts(facts, "notPerLayer"),
          texts(facts, "layerIndexLists"),
          facts
              .required("layerKinds")
              .valueStream()
              .map(KindRule::of)
              .collect(ImmutableList.toImmutableList()),
          texts(facts, "buffers"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ImmutableMap<String, String> names(JsonNode facts, String key) {
    return facts
        .required(key)
        .propertyStream()
        .collect(ImmutableMap.toImmutableMap(Map.Entry::getKey, e -> e.getValue().stringValue()));
  }

  private static ImmutableSet<String> texts(JsonNode facts, String key) {
    return facts
        .required(key)
        .valueStream()
        .map(JsonNode::stringValue)
        .collect(ImmutableSet.toImmutableSet());
  }
}
