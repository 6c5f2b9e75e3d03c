// SPDX-License-Identifier: Apache-2.0
package io.merge4j.model;

import com.google.common.collect.ImmutableSet;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.TensorSpec;
import java.util.List;
import java.util.OptionalInt;

/// Finds the tensors of a model that have a row, or an element, per token of the vocabulary.
///
/// @param rows number of rows of the input embedding; 0 if unknown
/// @param columns length of its rows; 0 if unknown
record VocabularyTensors(LayerStacks stacks, long rows, long columns) {

  static VocabularyTensors of(List<TensorSpec> specs, ModelConfig config, LayerStacks stacks) {
    VocabularyTensors unknown = new VocabularyTensors(stacks, 0, 0);
    long configured = config.vocabularySize().orElse(0);
    List<Shape> embeddings =
        specs.stream()
            .filter(spec -> unknown.isNamed(spec.name(), ModelFacts.KNOWN.inputEmbeddings()))
            .map(TensorSpec::shape)
            .filter(shape -> shape.rank() == 2)
            .toList();
    for (Shape shape : embeddings) {
      if (shape.size(0) == configured || shape.size(1) == configured) {
        boolean upright = shape.size(0) == configured;
        return new VocabularyTensors(stacks, configured, shape.size(upright ? 1 : 0));
      }
    }
    return embeddings.isEmpty()
        ? new VocabularyTensors(stacks, configured, 0)
        : new VocabularyTensors(
            stacks, embeddings.getFirst().size(0), embeddings.getFirst().size(1));
  }

  /// Whether a tensor outside the layers has one of these names.
  boolean isNamed(String tensor, ImmutableSet<String> names) {
    return ModelFacts.isNamed(tensor, names) && stacks.locate(tensor).isEmpty();
  }

  /// The dimension that counts tokens.
  OptionalInt axis(TensorSpec tensor) {
    Shape shape = tensor.shape();
    ModelFacts facts = ModelFacts.KNOWN;
    boolean matrix =
        ModelFacts.isNamed(tensor.name(), facts.inputEmbeddings())
            || ModelFacts.isNamed(tensor.name(), facts.outputHeads());
    boolean named = matrix || ModelFacts.isNamed(tensor.name(), facts.vocabularyVectors());
    boolean outside = stacks.locate(tensor.name()).isEmpty();
    if (named && outside && shape.rank() > 0) {
      int last = shape.rank() - 1;
      return OptionalInt.of(shape.size(0) != rows && shape.size(last) == rows ? last : 0);
    }
    boolean candidate = (outside && !facts.isPositional(tensor.name())) || matrix;
    return candidate ? axis(shape) : OptionalInt.empty();
  }

  /// The dimension that counts tokens in a tensor shaped like the input embedding, its transpose,
  /// or, with one element per token, its first column.
  private OptionalInt axis(Shape shape) {
    if (rows == columns || rows == 0 || columns == 0) {
      return OptionalInt.empty();
    }
    if (shape.equals(Shape.of(rows, columns)) || shape.equals(Shape.of(rows))) {
      return OptionalInt.of(0);
    }
    return shape.equals(Shape.of(columns, rows)) ? OptionalInt.of(1) : OptionalInt.empty();
  }
}
