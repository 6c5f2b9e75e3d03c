// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

/// Told how a merge goes on. Called from worker threads, one call at a time; an exception ends the
/// merge.
public interface MergeListener {

  /// A listener that does nothing.
  MergeListener SILENT = new MergeListener() {};

  /// More of a remote model has arrived; called before [#started], and only if something had to be
  /// fetched.
  ///
  /// @param model its name in the recipe
  /// @param received bytes that have arrived so far
  /// @param total bytes to fetch of this model
  default void fetching(String model, long received, long total) {}

  /// The plan is made, the models are on this machine, and work begins.
  default void started(MergePlan plan) {}

  /// More bytes of the output are written.
  ///
  /// @param written bytes of tensor data written so far
  /// @param total bytes of tensor data to write
  default void progress(long written, long total) {}

  /// The output is complete.
  default void finished(MergeReport report) {}
}
