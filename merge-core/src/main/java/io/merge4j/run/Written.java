// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import com.google.common.collect.ImmutableList;
import io.merge4j.MergePlan;
import io.merge4j.lora.AdapterTensor;
import io.merge4j.plan.Plan;

/// What a merge has written.
///
/// @param plan with the files as they are
/// @param tensors what became of each weight, if adapters were merged
/// @param takenOver number of tensors taken over from an earlier run
/// @param files the files beside the weights
record Written(
    MergePlan plan,
    ImmutableList<AdapterTensor> tensors,
    int takenOver,
    ImmutableList<String> files) {

  /// A model as it was planned.
  static Written model(Plan plan, ImmutableList<String> files, int takenOver) {
    return new Written(plan.plan(), ImmutableList.of(), takenOver, files);
  }
}
