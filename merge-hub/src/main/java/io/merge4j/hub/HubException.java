// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

/// A repository that can't be reached, read or written; the message names it and says what to do.
public final class HubException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// What went wrong, for programs that want to react.
  public enum Reason {
    /// No such repository, or a private one that the token does not open: the Hub does not tell.
    REPOSITORY_NOT_FOUND,
    /// The repository has no such branch, tag or commit.
    REVISION_NOT_FOUND,
    /// The repository has no such file at that revision.
    FILE_NOT_FOUND,
    /// The repository's owner wants its conditions accepted first.
    GATED,
    /// The Hub has closed the repository.
    DISABLED,
    /// The token is not valid.
    BAD_TOKEN,
    /// The token does not permit this.
    FORBIDDEN,
    /// Too many requests, and the Hub asks to wait for longer than is allowed here.
    RATE_LIMITED,
    /// Offline mode, and what is needed is not in the cache.
    OFFLINE,
    /// No usable answer from the Hub after all retries.
    UNREACHABLE,
    /// Not enough free disk.
    DISK_FULL,
    /// Content that differs from what the Hub announced, or an answer that makes no sense.
    CORRUPT,
    /// The Hub refused the request as wrong.
    REFUSED,
    /// The cache or a file to upload can't be read or written.
    LOCAL_FILE,
    /// The thread was interrupted.
    INTERRUPTED
  }

  private final Reason reason;

  /// Creates an exception with a message for the user.
  public HubException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /// Creates an exception with a message for the user and the failure behind it.
  public HubException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /// What went wrong.
  public Reason reason() {
    return reason;
  }

  /// Whether there may be no such repository for all that is known, so that perhaps a path was
  /// meant.
  boolean mayMeanPath() {
    return switch (reason) {
      case REPOSITORY_NOT_FOUND, OFFLINE, UNREACHABLE -> true;
      default -> false;
    };
  }
}
