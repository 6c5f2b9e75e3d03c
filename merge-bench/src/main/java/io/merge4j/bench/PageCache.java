// SPDX-License-Identifier: Apache-2.0
package io.merge4j.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/// The system's cache of files, as far as single files are concerned: that of the rest of the
/// machine is left alone, and no special rights are needed.
final class PageCache {

  private PageCache() {}

  /// Lets files leave the cache, by `dd` of GNU.
  ///
  /// @throws IllegalStateException if there is no such `dd`, or it fails
  static void drop(List<Path> files) throws IOException, InterruptedException {
    for (Path file : files) {
      List<String> command =
          List.of("dd", "of=" + file, "oflag=nocache", "conv=notrunc,fdatasync", "count=0");
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new IllegalStateException(
            "Cannot drop %s from the page cache: %s; leave --cold out"
                .formatted(file, said.strip()));
      }
    }
  }
}
