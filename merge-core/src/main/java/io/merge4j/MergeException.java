// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import org.jspecify.annotations.Nullable;

/// A merge that could not be carried out: data, a file or the machine is at fault.
///
/// The message names the thing, the place, what was found, what was expected, and the remedy.
public class MergeException extends RuntimeException {

  private static final long serialVersionUID = 1;

  public MergeException(String message) {
    super(message);
  }

  public MergeException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
