// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

/// How a directory is published; [#standard()] and what follows it.
///
/// @param isPrivate whether the repository is created as a private one; if not, the default of its
///   organization counts, which is public as a rule; a repository that exists stays as it is
/// @param revision the branch to commit to
/// @param message first line of the commit message, not empty
/// @param description rest of the commit message
/// @param createsPullRequest whether to open a pull request instead of committing to the branch
public record UploadOptions(
    boolean isPrivate,
    String revision,
    String message,
    String description,
    boolean createsPullRequest) {

  /// Checks the values.
  ///
  /// @throws IllegalArgumentException if the message is blank, or the revision can't be a branch
  public UploadOptions {
    if (message.isBlank()) {
      throw new IllegalArgumentException("commit message is blank");
    }
    if (!RepoReference.isRevision(revision)) {
      throw new IllegalArgumentException(
          "Invalid revision \"" + revision + "\" to upload to: expected the name of a branch");
    }
  }

  /// A repository as its organization creates them, one commit to `main`.
  public static UploadOptions standard() {
    return new UploadOptions(
        false, RepoReference.DEFAULT_REVISION, "Upload merged model", "", false);
  }

  /// The same, with a private repository if it must be created.
  public UploadOptions asPrivate() {
    return new UploadOptions(true, revision, message, description, createsPullRequest);
  }

  /// The same, to another branch, created from `main` if need be.
  public UploadOptions revision(String newRevision) {
    return new UploadOptions(isPrivate, newRevision, message, description, createsPullRequest);
  }

  /// The same, with another commit message.
  public UploadOptions message(String newMessage, String newDescription) {
    return new UploadOptions(isPrivate, revision, newMessage, newDescription, createsPullRequest);
  }

  /// The same, as a pull request.
  public UploadOptions asPullRequest() {
    return new UploadOptions(isPrivate, revision, message, description, true);
  }
}
