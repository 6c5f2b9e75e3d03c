// SPDX-License-Identifier: Apache-2.0

/// The language of merging: fluent chains and recipes, what a method is, what a merge tells of
/// itself.
///
/// Start with [io.merge4j.Merger] to merge, with [io.merge4j.MergeMethod] to write a method.
package io.merge4j;
