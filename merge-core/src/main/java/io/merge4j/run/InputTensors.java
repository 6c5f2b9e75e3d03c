// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import io.merge4j.Input;
import io.merge4j.MergeException;
import io.merge4j.PlannedWeight;
import io.merge4j.model.Model;
import io.merge4j.plan.Plan;
import io.merge4j.plan.PlannedVocabulary;
import io.merge4j.plan.PlannedVocabulary.PeerTensor;
import io.merge4j.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The tensors that the weights of a plan are made of.
record InputTensors(Plan plan) {

  /// The inputs of a weight, brought to the output's vocabulary if the recipe asks for one.
  Tensor[] of(PlannedWeight weight) {
    List<PeerTensor> inputs = weight.inputs().stream().map(this::find).toList();
    if (plan.vocabulary().isEmpty()) {
      return inputs.stream().map(PeerTensor::tensor).toArray(Tensor[]::new);
    }
    Map<String, PeerTensor> peers = new HashMap<>();
    for (int i = 0; i < inputs.size(); i++) {
      peers.putIfAbsent(weight.inputs().get(i).model(), inputs.get(i));
    }
    PlannedVocabulary vocabulary = plan.vocabulary().get();
    return inputs.stream()
        .map(input ->
            vocabulary.view(
                input.model(), input.tensor(), name -> peer(name, weight.output().name(), peers)))
        .toArray(Tensor[]::new);
  }

  /// The tensor of another model that a model's rows may come from.
  private Optional<PeerTensor> peer(String name, String tensor, Map<String, PeerTensor> known) {
    return Optional.ofNullable(known.get(name))
        .or(() -> {
          Model model = plan.models().get(name);
          return model
              .checkpoint()
              .find(tensor)
              .or(() -> model.tied(tensor))
              .map(found -> new PeerTensor(model, found));
        });
  }

  private PeerTensor find(Input input) {
    Model model = plan.models().get(input.model());
    return model
        .checkpoint()
        .find(input.tensor().name())
        .map(tensor -> new PeerTensor(model, tensor))
        .orElseThrow(() ->
            new MergeException(
                "Tensor %s is no longer in model %s"
                    .formatted(input.tensor().name(), input.model())));
  }
}
