// SPDX-License-Identifier: Apache-2.0
package io.merge4j.run;

import io.merge4j.Bytes;
import io.merge4j.MergeException;
import io.merge4j.plan.Plan;
import io.merge4j.tensor.DiskSpace;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/// Refuses a merge before its first download where all of them, and the output if it goes to the
/// same disk, do not fit.
final class FetchSpace {

  private final Map<FileStore, Long> needed = new HashMap<>();

  private FetchSpace() {}

  /// Checks the disks.
  ///
  /// @throws MergeException if one has too little room
  static void require(Plan plan, Path target) throws IOException {
    Map<Path, Long> files = new HashMap<>();
    plan.models().all().forEach(model -> files.putAll(model.checkpoint().spaceToFetch()));
    FetchSpace space = new FetchSpace();
    for (Map.Entry<Path, Long> file : files.entrySet()) {
      space.need(file.getKey(), file.getValue());
    }
    if (!files.isEmpty()) {
      long downloads = files.values().stream().mapToLong(Long::longValue).sum();
      // What an earlier run of the merge has left takes its room already.
      boolean begun = Files.exists(OutputDirectory.workOf(target.toAbsolutePath()));
      long output = begun ? 0 : plan.plan().layout().bytes();
      space.need(target, output);
      space.check(downloads, output);
    }
  }

  private void need(Path file, long bytes) throws IOException {
    needed.merge(DiskSpace.disk(file), bytes, Long::sum);
  }

  private void check(long downloads, long output) throws IOException {
    for (Map.Entry<FileStore, Long> disk : needed.entrySet()) {
      long free = DiskSpace.free(disk.getKey());
      if (disk.getValue() > free) {
        throw new MergeException(
            "Not enough space on the disk %s: %s are free, %s are needed (downloads %s, output %s); make room, or set HF_HUB_CACHE to a directory on another disk"
                .formatted(
                    disk.getKey(),
                    Bytes.print(free),
                    Bytes.print(disk.getValue()),
                    Bytes.print(downloads),
                    Bytes.print(output)));
      }
    }
  }
}
