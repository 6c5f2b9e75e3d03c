// SPDX-License-Identifier: Apache-2.0
package io.merge4j.tensor;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;

/// What a disk has room for, so that hours of work need not end at a full one.
public final class DiskSpace {

  /// Of file systems that can't tell.
  public static final long UNKNOWN = Long.MAX_VALUE;

  private DiskSpace() {}

  /// The disk that holds a file or directory, or will hold it.
  ///
  /// @throws IOException if the file system can't be asked
  public static FileStore disk(Path place) throws IOException {
    Path existing = place.toAbsolutePath();
    for (Path up = existing.getParent(); up != null && !Files.exists(existing); ) {
      existing = up;
      up = existing.getParent();
    }
    return Files.getFileStore(existing);
  }

  /// Bytes that may still be written to a disk; [#UNKNOWN], which is more than anyone needs, where
  /// it can't tell, and says that it has no size at all.
  ///
  /// @throws IOException if the file system can't be asked
  public static long free(FileStore disk) throws IOException {
    return disk.getTotalSpace() > 0 ? disk.getUsableSpace() : UNKNOWN;
  }
}
