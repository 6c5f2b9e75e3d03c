// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import com.google.common.collect.ImmutableSet;
import io.merge4j.model.LayerStacks.Stack;
import io.merge4j.model.Model;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.Shape;
import io.merge4j.tensor.TensorSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/// Compares tensors with what `config.json` says of them, where their names tell what they are.
final class ConfigCheck {

  private static final String EMBEDDING = "model.embed_tokens.weight";

  private final Model model;
  private final Map<String, TensorCheck.Result> results;
  private final List<String> problems;

  private ConfigCheck(Model model, Map<String, TensorCheck.Result> results, List<String> problems) {
    this.model = model;
    this.results = results;
    this.problems = problems;
  }

  /// Looks at a model; says nothing of one without a configuration, or with packed weights.
  ///
  /// @param problems takes what does not fit
  /// @param remarks takes what is odd
  static void check(
      Model model,
      Map<String, TensorCheck.Result> results,
      List<String> problems,
      List<String> remarks) {
    if (!model.config().isEmpty() && !model.config().isQuantized()) {
      ConfigCheck check = new ConfigCheck(model, results, problems);
      check.depth();
      check.dtype();
      for (TensorSpec spec : model.checkpoint().specs()) {
        check.vocabulary(spec);
        check.width(spec);
        check.head(spec);
      }
      check.missingHead();
      LayerShapes.check(model, problems, remarks);
    }
  }

  private void vocabulary(TensorSpec spec) {
    OptionalLong expected = model.config().vocabularySize();
    OptionalInt axis = model.vocabularyAxis(spec);
    if (axis.isPresent()) {
      compare(spec, "tokens", spec.shape().size(axis.getAsInt()), "vocab_size", expected);
    }
  }

  private void width(TensorSpec spec) {
    Shape shape = spec.shape();
    if (model.isEmbedding(spec.name()) && shape.rank() == 2) {
      compare(spec, "columns", shape.size(1), "the hidden size", model.config().embeddingSize());
    }
  }

  private void compare(
      TensorSpec spec, String what, long found, String key, OptionalLong expected) {
    if (expected.isPresent() && expected.getAsLong() != found) {
      problems.add(
          "%s: %d %s, but %s is %d in config.json"
              .formatted(spec.name(), found, what, key, expected.getAsLong()));
    }
  }

  private void depth() {
    ImmutableSet<Long> depths = model.config().depths();
    Optional<Stack> largest = model.stacks().stacks().stream().findFirst();
    if (largest.isPresent()
        && !depths.isEmpty()
        && !depths.contains((long) largest.get().length())) {
      problems.add(
          "%s has %d layers, but config.json says %s"
              .formatted(largest.get().prefix(), largest.get().length(), depths));
    }
  }

  private void dtype() {
    Optional<DType> expected = model.config().dtype();
    ImmutableSet<DType> found =
        model.checkpoint().specs().stream()
            .map(TensorSpec::dtype)
            .filter(DType::isFloat)
            .collect(ImmutableSet.toImmutableSet());
    if (expected.isPresent() && !found.isEmpty() && !found.contains(expected.get())) {
      problems.add(
          "no tensor has the type %s of config.json, but %s".formatted(expected.get(), found));
    }
  }

  /// A head that is stored although readers take the embedding for it.
  private void head(TensorSpec spec) {
    model
        .tied(spec.name())
        .filter(embedding -> embedding.spec().shape().equals(spec.shape()))
        .map(embedding -> embedding.spec().name())
        .filter(embedding -> checksum(embedding) != checksum(spec.name()))
        .ifPresent(embedding ->
            problems.add(
                "%s differs from %s, but config.json says that they are tied"
                    .formatted(spec.name(), embedding)));
  }

  /// A head that readers would fill at random, where tensors are called as in Llama.
  private void missingHead() {
    boolean speaks =
        model.config().json().path("architectures").toString().contains("ForCausalLM")
            && model.checkpoint().find(EMBEDDING).isPresent();
    if (speaks
        && model.config().deniesTie()
        && model.checkpoint().specs().stream().noneMatch(spec -> model.isHead(spec.name()))) {
      problems.add(
          "lm_head.weight is missing, but config.json says that it is not tied to %s"
              .formatted(EMBEDDING));
    }
  }

  private int checksum(String tensor) {
    TensorCheck.Result result = results.get(tensor);
    return result == null ? 0 : result.checksum();
  }
}
