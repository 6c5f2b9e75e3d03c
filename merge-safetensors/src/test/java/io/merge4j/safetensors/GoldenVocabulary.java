// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import io.merge4j.tensor.Shape;
import io.merge4j.tensor.Tensor;
import io.merge4j.vocabulary.Tokenizer;
import io.merge4j.vocabulary.Vocabulary;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Compares matrices by token: new tokens may have other ids than mergekit gave them.
///
/// @param rows the row of ours for each of mergekit's, padding included
record GoldenVocabulary(Optional<Map<Integer, Integer>> rows) {

  /// Reads the vocabularies of a case, if it has one, and of our output.
  static GoldenVocabulary of(Path golden, Path output) {
    if (!Files.exists(golden.resolve("expected_vocab.json"))) {
      return new GoldenVocabulary(Optional.empty());
    }
    JsonNode expected =
        JsonMapper.shared().readTree(golden.resolve("expected_vocab.json").toFile());
    Vocabulary ours = Tokenizer.read("output", output).orElseThrow().vocabulary();
    assertThat(ours.ids().keySet()).containsExactlyInAnyOrderElementsOf(expected.propertyNames());
    assertThat(ours.isDense()).isTrue();
    Map<Integer, Integer> rows = new TreeMap<>();
    expected
        .properties()
        .forEach(entry -> rows.put(entry.getValue().intValue(), ours.ids().get(entry.getKey())));
    return new GoldenVocabulary(Optional.of(rows));
  }

  /// A matrix of ours with its rows in mergekit's order; other tensors as they are.
  Tensor inExpectedOrder(Tensor tensor) {
    String name = tensor.spec().name();
    if (rows.isEmpty() || !(name.contains("embed_tokens") || name.contains("lm_head"))) {
      return tensor;
    }
    Shape shape = tensor.spec().shape();
    int columns = (int) shape.size(1);
    float[] values = new float[(int) shape.elements()];
    for (int row = 0; row < shape.size(0); row++) {
      long from = rows.get().getOrDefault(row, row);
      tensor.read(from * columns, columns, values, row * columns);
    }
    return Tensor.of(name, shape, values);
  }
}
