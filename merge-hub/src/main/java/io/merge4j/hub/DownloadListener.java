// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import com.google.common.collect.ImmutableList;

/// Told how a download goes on; never by two threads at once, from threads of the download.
///
/// A listener should return quickly: the transfer waits for it.
public interface DownloadListener {

  /// A listener that does nothing.
  static DownloadListener none() {
    return new DownloadListener() {};
  }

  /// The download begins.
  ///
  /// @param files all files wanted, those already in the cache included
  /// @param bytes sum of their sizes
  /// @param missing bytes of it that must be transferred
  default void started(ImmutableList<RepositoryFile> files, long bytes, long missing) {}

  /// More of a file has arrived; called at most about ten times a second and file.
  ///
  /// @param received bytes of the file present so far, those of an earlier attempt included; falls
  ///   back to 0 when a transfer must begin again
  default void advanced(RepositoryFile file, long received) {}

  /// The file is in the cache and whole; also called for files that were there before.
  default void finished(RepositoryFile file) {}
}
