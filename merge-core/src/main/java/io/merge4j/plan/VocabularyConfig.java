// SPDX-License-Identifier: Apache-2.0
package io.merge4j.plan;

import com.google.common.collect.ImmutableList;
import io.merge4j.PlannedWeight;
import io.merge4j.model.Model;
import io.merge4j.model.ModelConfig;
import io.merge4j.tensor.TensorSpec;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// Lets the configuration follow what the merge does to the vocabulary: its size, and whether the
/// head is still tied to the embedding.
record VocabularyConfig(
    Model reference,
    ImmutableList<PlannedWeight> weights,
    Optional<PlannedVocabulary> vocabulary,
    List<String> remarks) {

  ModelConfig apply(ModelConfig config) {
    ModelConfig changed = config;
    Optional<TensorSpec> embedding = find(true);
    Optional<TensorSpec> before =
        embedding.flatMap(spec -> reference.checkpoint().find(spec.name())).map(t -> t.spec());
    if (embedding.isPresent() && before.isPresent()) {
      int axis = reference.vocabularyAxis(before.get()).orElse(0);
      long rows = embedding.get().shape().size(axis);
      if (vocabulary.isPresent() || rows != before.get().shape().size(axis)) {
        changed = changed.withVocabularySize(rows);
      }
    }
    if (vocabulary.isPresent()) {
      changed = ModelConfig.of(ids(vocabulary.get(), changed.json()));
    }
    boolean ownHead = find(false).isPresent();
    boolean hadHead =
        reference.checkpoint().specs().stream().anyMatch(spec -> reference.isHead(spec.name()));
    if (ownHead && !hadHead && config.tiesEmbeddings()) {
      changed = changed.withTiedEmbeddings(false);
      remarks.add(
          "An input has an output head of its own, so the output's is no longer tied to its embedding");
    }
    return changed;
  }

  private static ObjectNode ids(PlannedVocabulary vocabulary, ObjectNode config) {
    return vocabulary.ids().follow(config, vocabulary.own("config.json"));
  }

  private Optional<TensorSpec> find(boolean embedding) {
    return weights.stream()
        .map(PlannedWeight::output)
        .filter(
            spec -> embedding ? reference.isEmbedding(spec.name()) : reference.isHead(spec.name()))
        .filter(spec -> spec.shape().rank() == 2)
        .findFirst();
  }
}
