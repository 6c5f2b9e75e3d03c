// SPDX-License-Identifier: Apache-2.0
package io.merge4j.plan;

import io.merge4j.model.Model;
import io.merge4j.plan.OutputTensor.Candidate;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.TensorSpec;
import io.merge4j.vocabulary.RowMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/// Finds the shapes of output tensors, or what stands against them.
record OutputShapes(
    Optional<PlannedVocabulary> vocabulary, Problems problems, List<String> remarks) {

  /// Whether a tensor is brought to the output's vocabulary.
  boolean isMapped(Candidate reference) {
    return vocabulary.isPresent() && tokens(reference).isPresent();
  }

  /// The dimension that counts tokens.
  private static OptionalInt tokens(Candidate candidate) {
    return candidate.participant().model().vocabularyAxis(spec(candidate));
  }

  private static TensorSpec spec(Candidate candidate) {
    return candidate.spec().orElseThrow();
  }

  /// The shape that all have; without a common vocabulary, the rows that all have.
  Optional<Shape> common(String name, Candidate reference, List<Candidate> present) {
    Shape shape = spec(reference).shape();
    if (present.stream().allMatch(c -> spec(c).shape().equals(shape))) {
      return Optional.of(shape);
    }
    boolean cut =
        tokens(reference).equals(OptionalInt.of(0))
            && present.stream().allMatch(c -> isLike(spec(c).shape(), shape, 0));
    if (!cut) {
      differ(name, present);
      return Optional.empty();
    }
    long rows = present.stream().mapToLong(c -> spec(c).shape().size(0)).min().orElseThrow();
    remarks.add(
        "%s has %s rows in different models: the first %d rows, which all have, are merged"
            .formatted(
                name,
                String.join(
                    ", ",
                    present.stream().map(c -> "" + spec(c).shape().size(0)).distinct().toList()),
                rows));
    return Optional.of(shape.with(0, rows));
  }

  /// The shape with the rows of the output's vocabulary.
  ///
  /// @param dtype type of the output
  Optional<Shape> mapped(String name, Candidate reference, List<Candidate> present, DType dtype) {
    int axis = tokens(reference).orElseThrow();
    Shape shape = spec(reference).shape();
    for (Candidate candidate : present) {
      Model model = candidate.participant().model();
      TensorSpec spec = spec(candidate);
      if (!tokens(candidate).equals(OptionalInt.of(axis)) || !isLike(spec.shape(), shape, axis)) {
        differ(name, present);
        return Optional.empty();
      }
      if (spec.shape().size(axis) < model.vocabularyRows()) {
        problems.add(
            "Model %s: %d rows, expected at least the %d of its embedding; leave the recipe's tokenizer out"
                .formatted(model, spec.shape().size(axis), model.vocabularyRows()),
            spec.name());
        return Optional.empty();
      }
      if (!spec.dtype().isFloat() || !dtype.isWritable()) {
        problems.add(
            "Model %s: rows of type %s cannot be brought to another vocabulary; leave the recipe's tokenizer out"
                .formatted(model, spec.dtype()),
            spec.name());
        return Optional.empty();
      }
    }
    return Optional.of(shape.with(axis, vocabulary.orElseThrow().rows().size()));
  }

  /// What is read beside the models has their rows, and stays as it is.
  void checkCompanions(String name) {
    RowMap rows = vocabulary.orElseThrow().rows();
    for (int model = 0; model < rows.models().size(); model++) {
      if (!rows.isPrefix(model)) {
        problems.add(
            "Checkpoints that parameters name cannot be brought to another vocabulary, as model %s is; leave the recipe's tokenizer out"
                .formatted(rows.models().get(model)),
            name);
      }
    }
  }

  private static boolean isLike(Shape other, Shape shape, int axis) {
    return other.rank() == shape.rank() && other.with(axis, shape.size(axis)).equals(shape);
  }

  private void differ(String name, List<Candidate> present) {
    problems.add(
        "Shapes differ: %s; give models of one architecture and size"
            .formatted(
                present.stream()
                    .map(c -> spec(c).shape() + " in " + c.participant().model())
                    .collect(Collectors.joining(", "))),
        name);
  }
}
