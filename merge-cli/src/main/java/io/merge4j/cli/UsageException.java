// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

/// A command line that cannot be carried out; nothing was written.
final class UsageException extends RuntimeException {

  private static final long serialVersionUID = 1;

  UsageException(String message) {
    super(message);
  }

  /// With the words of what the library refused.
  UsageException(RuntimeException refusal) {
    super(refusal.getMessage(), refusal);
  }

  UsageException(String message, Throwable cause) {
    super(message, cause);
  }
}
