// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

/// Told how an upload goes on; never by two threads at once, from threads of the upload.
///
/// A listener should return quickly: the transfer waits for it.
@FunctionalInterface
public interface UploadListener {

  /// A listener that does nothing.
  static UploadListener none() {
    return (sent, total) -> {};
  }

  /// More content of large files has been sent; called at most about ten times a second, and when
  /// all is sent.
  ///
  /// @param sent bytes sent so far; fewer than before when a transfer must begin again
  /// @param total bytes that must be sent, without those that the Hub has already
  void advanced(long sent, long total);
}
