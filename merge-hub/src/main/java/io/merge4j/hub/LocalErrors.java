// SPDX-License-Identifier: Apache-2.0
package io.merge4j.hub;

import io.merge4j.hub.HubException.Reason;
import io.merge4j.tensor.DiskSpace;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;

/// Failures of this machine's file system, in words for the user.
final class LocalErrors {

  private LocalErrors() {}

  /// The exception for a file operation that failed.
  ///
  /// @param action what could not be done, e.g. `store model.safetensors of org/model`
  static HubException of(IOException cause, String action, Path place) {
    if (isDiskFull(cause)) {
      return new HubException(
          Reason.DISK_FULL,
          "Cannot "
              + action
              + ": the disk of "
              + place
              + " is full; make room, or set HF_HUB_CACHE to a directory on another disk",
          cause);
    }
    String why = cause instanceof AccessDeniedException ? "access denied to " : "";
    return new HubException(
        Reason.LOCAL_FILE,
        "Cannot " + action + " in " + place + ": " + why + cause.getMessage(),
        cause);
  }

  private static boolean isDiskFull(IOException e) {
    String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
    return Stream.of("no space left", "not enough space", "disk quota", "disk full")
        .anyMatch(message::contains);
  }

  /// Refuses to begin what can't end well.
  ///
  /// @param needed bytes to write
  /// @param free bytes that can be written
  static void requireSpace(String action, long needed, long free, Path place) {
    if (needed > free) {
      throw new HubException(
          Reason.DISK_FULL,
          "Cannot %s: %,d bytes needed, %,d free on the disk of %s; make room, or set HF_HUB_CACHE to"
                  .formatted(action, needed, free, place)
              + " a directory on another disk");
    }
  }

  /// Free bytes on the disk that holds or will hold `place`, or [DiskSpace#UNKNOWN].
  static long freeSpace(Path place) {
    try {
      return DiskSpace.free(DiskSpace.disk(place));
    } catch (IOException e) {
      return DiskSpace.UNKNOWN;
    }
  }
}
