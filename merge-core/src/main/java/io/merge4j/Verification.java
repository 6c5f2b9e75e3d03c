// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import com.google.common.collect.ImmutableList;
import io.merge4j.run.ModelCheck;
import java.nio.file.Path;

/// What is wrong with the files of a model.
///
/// Looked at are the lengths and headers of the weights' files and the index beside them; types and
/// shapes against `config.json`; every value, for NaN, infinity and matrices of one value
/// throughout; tokens without a row; and the checksums that a merge has written to
/// `merge4j.checksums.json`.
///
/// @param directory the model's
/// @param tensors number of tensors
/// @param bytes size of their data
/// @param checksums number of tensors with the checksum that was recorded when they were written
/// @param problems what is wrong, a line each; empty for a sound model
/// @param remarks what is odd but may be meant
public record Verification(
    Path directory,
    int tensors,
    long bytes,
    int checksums,
    ImmutableList<String> problems,
    ImmutableList<String> remarks) {

  /// Reads a model whole, with a thread per processor.
  ///
  /// @throws MergeException if nothing lies there, or this thread was interrupted
  public static Verification of(Path directory) {
    return ModelCheck.of(directory, Runtime.getRuntime().availableProcessors());
  }

  /// Whether nothing is wrong.
  public boolean isSound() {
    return problems.isEmpty();
  }
}
