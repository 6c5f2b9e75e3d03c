// SPDX-License-Identifier: Apache-2.0
package io.merge4j.plan;

import io.merge4j.MergeMethod;
import io.merge4j.Recipe;
import io.merge4j.TokenizerChoice;
import io.merge4j.method.Passthrough;
import io.merge4j.model.Model;
import io.merge4j.model.ModelReference;

/// Whether a recipe merges adapters, and what can't be asked for with and without them.
record AdapterRules(Recipe recipe, MergeMethod method, OpenModels models, Problems problems) {

  /// Whether all that is merged is adapters. A single one whose tensors are only copied stays as it
  /// is.
  boolean applies() {
    boolean copied =
        method instanceof Passthrough
            && recipe.adapter().isUnset()
            && recipe.models().size() == 1
            && recipe.parameters().isEmpty()
            && recipe.sources().allMatch(source -> source.parameters().isEmpty());
    return !copied && recipe.sources().map(Recipe.Source::model).allMatch(this::isAdapter);
  }

  private boolean isAdapter(ModelReference reference) {
    return models.find(reference.name()).filter(Model::isAdapter).isPresent();
  }

  /// Adapters and models can't be mixed: averages of factors are not the factors of an average.
  /// What can't be opened may be either.
  void checkModels() {
    if (!recipe.sources().allMatch(source -> models.find(source.model().name()).isPresent())) {
      return;
    }
    if (!recipe.adapter().isUnset()) {
      problems.add("The recipe asks for a rank of adapters, but its models are no adapters");
    }
    if (recipe.models().size() > 1) {
      recipe.models().stream()
          .filter(this::isAdapter)
          .forEach(reference ->
              problems.add(
                  "Model %s is an adapter and others are not, expected adapters alone, or models; name it with its base: base+%s"
                      .formatted(reference, reference)));
    }
  }

  /// What is merged of adapters alone has no layers, tokens or companions of its own.
  void checkMethod() {
    if (recipe.stacksLayers() || recipe.modules().size() > 1) {
      problems.add(
          "Adapters belong to the layers of their base, expected models instead of slices or modules");
    }
    if (!recipe.tokenizer().equals(TokenizerChoice.NONE)) {
      problems.add("Adapters have no vocabulary of their own, expected no choice of a tokenizer");
    }
    if (!method.signature().checkpoints().isEmpty()) {
      problems.add(
          "Method %s reads checkpoints beside its models, which there are none of for adapters"
              .formatted(method.name()));
    }
  }
}
