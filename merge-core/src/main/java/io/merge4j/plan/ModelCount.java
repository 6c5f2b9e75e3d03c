// SPDX-License-Identifier: Apache-2.0
package io.merge4j.plan;

import io.merge4j.MergeMethod;
import io.merge4j.Recipe;
import io.merge4j.Signature;
import io.merge4j.Signature.Base;
import io.merge4j.model.ModelReference;
import java.util.Optional;
import java.util.stream.Collectors;

/// Checks how many models a recipe gives a method, and which part its base plays.
record ModelCount(Recipe recipe, MergeMethod method) {

  void check(Problems problems) {
    Signature signature = method.signature();
    boolean needed = signature.base() == Base.REQUIRED || signature.base() == Base.FIRST;
    if (needed && recipe.base().isEmpty()) {
      problems.add("Method %s needs a base_model, found none".formatted(method.name()));
    }
    for (Recipe.Module module : recipe.modules()) {
      for (int i = 0; i < module.slices().size(); i++) {
        String place = module.slices().size() == 1 ? "" : "Slice " + (i + 1) + ": ";
        check(module.slices().get(i), place, signature, problems);
      }
    }
  }

  private void check(Recipe.Slice slice, String place, Signature signature, Problems problems) {
    Optional<ModelReference> base = recipe.base();
    long bases = slice.sources().stream().filter(s -> base.equals(Optional.of(s.model()))).count();
    long models = slice.sources().size();
    if (signature.base().isApart()) {
      models -= bases;
    } else if (base.isPresent() && bases == 0 && signature.base() == Base.FIRST) {
      problems.add(
          "%sbase_model %s is not among the models (%s); for %s the base is one of them: name the one that t = 0 shall give"
              .formatted(place, base.get(), names(slice), method.name()));
    } else if (base.isPresent() && bases == 0) {
      models++;
    }
    if (models < signature.minModels() || models > signature.maxModels()) {
      problems.add(
          "%sMethod %s takes %s%s, found %d (%s)"
              .formatted(
                  place,
                  method.name(),
                  signature.models(),
                  signature.base().isApart() ? " beside the base" : "",
                  models,
                  names(slice)));
    }
  }

  private static String names(Recipe.Slice slice) {
    return slice.sources().stream()
        .map(source -> source.model().name())
        .collect(Collectors.joining(", "));
  }
}
