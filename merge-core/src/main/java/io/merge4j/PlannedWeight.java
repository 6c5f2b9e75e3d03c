// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import com.google.common.collect.ImmutableList;
import io.merge4j.tensor.DType;
import io.merge4j.tensor.TensorSpec;
import java.util.Optional;

/// One tensor of the output: where it comes from and what will be done.
///
/// @param weight its name and place in the output
/// @param output its type and shape in the output
/// @param models the tensors to merge, in the order of the recipe
/// @param base the tensor of a base apart from the models
/// @param companions the tensors to read beside those of the models, for each parameter that names
///   a checkpoint, model by model
/// @param values the method's parameters here
/// @param origins the same with where they come from: those of the whole merge, then model by model
/// @param copied whether the first input is copied as it is: integers, buffers, tensors that only
///   one model has
public record PlannedWeight(
    Weight weight,
    TensorSpec output,
    ImmutableList<Input> models,
    Optional<Input> base,
    ImmutableList<Input> companions,
    Values values,
    ImmutableList<ParameterOrigin> origins,
    boolean copied) {

  /// Every tensor that is read: those of the models, a base apart from them, companions.
  public ImmutableList<Input> inputs() {
    return ImmutableList.<Input>builder()
        .addAll(models)
        .addAll(base.stream().iterator())
        .addAll(companions)
        .build();
  }

  /// This weight with another type of its output.
  public PlannedWeight as(DType dtype) {
    return new PlannedWeight(
        weight, output.as(dtype), models, base, companions, values, origins, copied);
  }
}
