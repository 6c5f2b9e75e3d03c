// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import com.google.common.collect.ImmutableList;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/// Passes progress on to a listener, one call at a time and not too often.
final class Progress {

  private static final long INTERVAL = Duration.ofMillis(100).toNanos();

  private final DownloadListener listener;
  private final Map<String, Long> lastCall = new HashMap<>();

  Progress(DownloadListener listener) {
    this.listener = listener;
  }

  synchronized void started(ImmutableList<RepositoryFile> files, long missing) {
    long bytes = files.stream().mapToLong(RepositoryFile::size).sum();
    listener.started(files, bytes, missing);
  }

  synchronized void advanced(RepositoryFile file, long received) {
    long now = System.nanoTime();
    Long last = lastCall.get(file.path());
    if (last == null || now - last >= INTERVAL) {
      lastCall.put(file.path(), now);
      listener.advanced(file, received);
    }
  }

  synchronized void finished(RepositoryFile file) {
    listener.advanced(file, file.size());
    listener.finished(file);
  }
}
