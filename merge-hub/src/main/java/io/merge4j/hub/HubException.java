// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

/// A repository that can't be reached or read; the message names it and what to do.
public final class HubException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// Creates an exception with a message for the user.
  public HubException(String message) {
    super(message);
  }
}
