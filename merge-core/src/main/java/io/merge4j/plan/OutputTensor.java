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
    Optional<Candidate> first = Optional.empty();
    for (Candidate candidate : candidates) {
      if (candidate.spec.isPresent() && candidate.participant.base()) {
        return candidate;
      }
      if (candidate.spec.isPresent() && first.isEmpty()) {
        first = Optional.of(candidate);
      }
    }
    return first.orElseThrow();
  }
}
