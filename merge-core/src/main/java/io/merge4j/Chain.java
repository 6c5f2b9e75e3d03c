// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

/// A step that completes a fluent chain: it can be run, and its draft is the recipe.
///
/// Steps are records around a [Draft]. What is missing is a step of its own, without a way to run;
/// [io.merge4j.method.Weighted] has those that methods share.
public interface Chain extends Merge {

  /// What was said so far.
  Draft draft();

  @Override
  default Recipe recipe() {
    return draft().recipe();
  }
}
