// SPDX-License-Identifier: Apache-2.0
package io.merge4j.plan;

import com.google.common.collect.ImmutableList;
import io.merge4j.Input;
import io.merge4j.Parameter;
import io.merge4j.Recipe;
import io.merge4j.Signature;
import io.merge4j.model.Model;
import io.merge4j.plan.OutputTensor.Candidate;
import io.merge4j.tensor.Tensor;
import io.merge4j.tensor.TensorSpec;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Finds the tensors that a method reads beside those of the models, in the checkpoints that
/// parameters name.
record Companions(ImmutableList<Parameter> parameters, OpenModels models, Problems problems) {

  /// @param signature that of the method
  static Companions of(Signature signature, OpenModels models, Problems problems) {
    return new Companions(signature.checkpoints(), models, problems);
  }

  /// Opens every checkpoint that a recipe names anywhere; those that cannot be opened are problems.
  void open(Recipe recipe) {
    for (Parameter parameter : parameters) {
      recipe
          .settings()
          .flatMap(level ->
              Stream.concat(
                  level.find(parameter.name()).stream(), level.find(parameter.plural()).stream()))
          .flatMap(setting -> setting.choices().stream())
          .flatMap(choice -> choice.value().anchors().stream())
          .filter(String.class::isInstance)
          .map(String.class::cast)
          .distinct()
          .forEach(
              name -> models.open(name, "Parameter %s: ".formatted(parameter.name()), problems));
    }
  }

  /// The companions of a weight; what is missing or of another shape is a problem.
  ///
  /// @param candidates the models' tensors
  /// @param values the models' parameters
  ImmutableList<Input> find(List<Candidate> candidates, PlannedValues values) {
    ImmutableList.Builder<Input> found = ImmutableList.builder();
    for (Parameter parameter : parameters) {
      for (int i = 0; i < candidates.size(); i++) {
        if (values.find(parameter, i) instanceof String name) {
          find(parameter, name, candidates.get(i)).ifPresent(found::add);
        }
      }
    }
    return found.build();
  }

  private Optional<Input> find(Parameter parameter, String name, Candidate candidate) {
    TensorSpec beside = candidate.spec().orElseThrow();
    Model model = models.get(name);
    Optional<TensorSpec> spec =
        model
            .checkpoint()
            .find(candidate.name())
            .or(() -> model.checkpoint().find(beside.name()))
            .map(Tensor::spec);
    String place = "Parameter %s: %s".formatted(parameter.name(), name);
    if (spec.isEmpty()) {
      problems.add(
          "%s lacks a tensor that model %s has, expected one of the same name and shape"
              .formatted(place, candidate.participant().model()),
          candidate.name());
    } else if (!spec.get().shape().equals(beside.shape())) {
      problems.add(
          "%s has a tensor of shape %s, expected %s as in model %s"
              .formatted(
                  place, spec.get().shape(), beside.shape(), candidate.participant().model()),
          candidate.name());
    } else if (!spec.get().dtype().isFloat()) {
      problems.add(
          "%s has tensors of type %s, expected a floating type"
              .formatted(place, spec.get().dtype()),
          candidate.name());
    }
    return spec.map(tensor -> new Input(name, tensor));
  }
}
