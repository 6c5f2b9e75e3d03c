// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

/// A checkpoint that can't be read; the message ends in the file and the offset.
public final class SafetensorsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// Creates an exception with a message for the user.
  public SafetensorsException(String message) {
    super(message);
  }
}
