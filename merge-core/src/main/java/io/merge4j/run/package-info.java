// SPDX-License-Identifier: Apache-2.0

/// Carries a plan out.
///
/// [io.merge4j.run.MergeRun] drives: [io.merge4j.run.OutputDirectory] is where the result grows
/// unseen, [io.merge4j.run.Workers] hand out the weights, a [io.merge4j.run.WeightTask] takes one
/// of them from decoding to the file, and [io.merge4j.run.ModelFiles] adds what belongs beside the
/// weights.
package io.merge4j.run;
