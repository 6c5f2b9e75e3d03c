// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import com.google.common.collect.ImmutableList;
import io.merge4j.model.ModelConfig;
import io.merge4j.tensor.CheckpointLayout;
import io.merge4j.tensor.TensorSpec;

/// What a merge will read and write, checked: the recipe fits the models it names.
///
/// A plan is data; it holds no file open.
///
/// @param recipe the recipe as it was understood
/// @param method the method that will merge
/// @param weights the output's tensors, in the order in which they will be worked on; if adapters
///   are merged, the weights that they change
/// @param layout the files they go to; if adapters are merged, with the greatest ranks possible
/// @param config the output's configuration
/// @param licenses of the inputs
/// @param remarks what the user should know before it runs, e.g. a vocabulary that will be cut
/// @param memory bytes of heap and direct memory that working on it takes at most, but for what
///   selections collect, a percent or two of a weight
public record MergePlan(
    Recipe recipe,
    MergeMethod method,
    ImmutableList<PlannedWeight> weights,
    CheckpointLayout layout,
    ModelConfig config,
    Licenses licenses,
    ImmutableList<String> remarks,
    long memory) {

  /// Number of elements of all output tensors.
  public long parameters() {
    return layout.tensors().stream().mapToLong(TensorSpec::elements).sum();
  }

  /// Bytes of tensor data to write.
  public long bytes() {
    return layout.tensors().stream().mapToLong(TensorSpec::bytes).sum();
  }

  /// Bytes of tensor data to read once over.
  public long inputBytes() {
    return weights.stream()
        .flatMap(weight -> weight.inputs().stream())
        .mapToLong(input -> input.tensor().bytes())
        .sum();
  }

  /// How one tensor of the output comes about: its operands, the method's parameters, and for each
  /// of them what said so. Text for a terminal.
  ///
  /// @throws IllegalArgumentException if no tensor of that name is written; suggests the nearest
  public String explain(String tensor) {
    return weights.stream()
        .filter(weight -> weight.output().name().equals(tensor))
        .findFirst()
        .map(weight -> Explanation.print(this, weight))
        .orElseThrow(() ->
            new IllegalArgumentException(
                "The merge writes no tensor \"%s\"%s"
                    .formatted(
                        tensor,
                        Suggestion.didYouMean(
                            tensor,
                            weights.stream().map(weight -> weight.output().name()).toList()))));
  }

  /// This plan with the files as they came to be.
  public MergePlan withLayout(CheckpointLayout written) {
    return new MergePlan(recipe, method, weights, written, config, licenses, remarks, memory);
  }

  /// The plan as a table for a terminal.
  @Override
  public String toString() {
    return PlanTable.print(this);
  }
}
