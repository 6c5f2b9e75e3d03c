// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import org.jspecify.annotations.Nullable;

/// What a request was about, for messages.
///
/// @param file path in the repository, null if the request was not about a file
record Subject(RepoId repo, String revision, @Nullable String file) {

  static Subject of(RepoReference reference) {
    return new Subject(reference.repo(), reference.revision(), null);
  }

  @Override
  public String toString() {
    return file == null ? repo + "@" + revision : file + " of " + repo + "@" + revision;
  }
}
