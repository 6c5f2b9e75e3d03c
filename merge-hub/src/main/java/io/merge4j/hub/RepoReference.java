// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import java.util.Arrays;
import java.util.regex.Pattern;

/// A repository at a revision, written `org/model` or `org/model@revision`.
///
/// @param repo the repository
/// @param revision a branch, a tag, a pull request (`refs/pr/7`) or a commit
public record RepoReference(RepoId repo, String revision) {

  /// The revision that is meant when none is given.
  public static final String DEFAULT_REVISION = "main";

  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

  /// Checks that the revision is the name of a revision and not of a place elsewhere on disk.
  ///
  /// @throws IllegalArgumentException if it can't name a revision
  public RepoReference {
    if (!isRevision(revision)) {
      throw new IllegalArgumentException(
          "Invalid revision \""
              + ForeignText.visible(revision)
              + "\" of "
              + repo
              + ": expected a branch, tag or commit");
    }
  }

  /// Reads `org/model` or `org/model@revision`.
  ///
  /// @throws IllegalArgumentException if either part is invalid
  public static RepoReference parse(String text) {
    int at = text.indexOf('@');
    return at < 0
        ? new RepoReference(RepoId.of(text), DEFAULT_REVISION)
        : new RepoReference(RepoId.of(text.substring(0, at)), text.substring(at + 1));
  }

  /// Whether the revision is a full commit hash, which never changes its meaning.
  public boolean isCommit() {
    return isCommit(revision);
  }

  /// Whether the text can be the name of a revision, and not of a place elsewhere on disk.
  static boolean isRevision(String text) {
    return !text.isBlank()
        && text.indexOf('\\') < 0
        && text.chars().noneMatch(c -> c < ' ' || c == 127)
        && Arrays.stream(text.split("/", -1)).noneMatch(RepoReference::isStep);
  }

  static boolean isCommit(String revision) {
    return COMMIT.matcher(revision).matches();
  }

  private static boolean isStep(String segment) {
    return segment.isEmpty() || segment.equals(".") || segment.equals("..");
  }

  /// `org/model@revision`, without the revision if it is the default one.
  @Override
  public String toString() {
    return revision.equals(DEFAULT_REVISION) ? repo.id() : repo.id() + "@" + revision;
  }
}
