// SPDX-License-Identifier: Apache-2.0
package io.merge4j.plan;

import com.google.common.collect.ImmutableList;
import io.merge4j.Weight;
import io.merge4j.plan.ParameterLookup.Level;
import io.merge4j.tensor.TensorSpec;
import java.util.Optional;

/// A tensor of the output and its peers in the models, some of which may lack it.
///
/// @param weight its name and place in the output
/// @param candidates one per participant of its slice, in the slice's order
/// @param levels levels of parameters for those of the whole merge, nearest first
record OutputTensor(
    Weight weight, ImmutableList<Candidate> candidates, ImmutableList<Level> levels) {

  /// A participant's tensor.
  ///
  /// @param name its name in the participant's model
  /// @param spec the tensor, if the model has it
  record Candidate(Participant participant, String name, Optional<TensorSpec> spec) {}

  /// The candidate that decides type and, by default, shape: the base's if it has the tensor, else
  /// the first model's that has it.
  Candidate reference() {
    return candidates.stream()
        .filter(candidate -> candidate.participant.base() && candidate.spec.isPresent())
        .findFirst()
        .or(() -> candidates.stream().filter(candidate -> candidate.spec.isPresent()).findFirst())
        .orElseThrow();
  }
}
