// SPDX-License-Identifier: Apache-2.0
package io.merge4j.bench;

import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.util.List;

/// A command that takes part in a comparison.
///
/// @param name as the tables show it
/// @param method the merge method; of a copy, none
/// @param kernels what `--kernels` asks for; `auto` if nothing does
/// @param inputs the weights that it reads
/// @param isGuest whether the comparison goes on without it if it fails
record Contestant(
    String name,
    String method,
    String kernels,
    List<String> command,
    ImmutableList<Path> inputs,
    boolean isGuest) {

  /// The copy of a model's weights by `cp`.
  static final String COPY = "cp";

  /// A copy, not a merge: of a model that all merges read.
  static Contestant copy(ModelFiles files, String out, boolean sync) {
    String copy = "mkdir '%s' && cp '%s' '%s'".formatted(out, files.weights(1), out);
    String synced = sync ? copy + " && sync '%s'/*".formatted(out) : copy;
    return new Contestant(
        COPY, "", "auto", List.of("sh", "-c", synced), ImmutableList.of(files.weights(1)), false);
  }
}
