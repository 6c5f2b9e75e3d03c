// SPDX-License-Identifier: Apache-2.0
package io.merge4j.bench;

import com.google.common.io.MoreFiles;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The system's cache of files, as far as single files are concerned: that of the rest of the
/// machine is left alone, and no special rights are needed.
final class PageCache {

  /// The share of the memory that inputs may have, so that an output has its place beside them.
  private static final double SHARE = 0.75;

  private PageCache() {}

  /// Whether the cache holds all of these files; of more, the last read throws out the first.
  static boolean holds(List<Path> files) throws IOException {
    long bytes = 0;
    for (Path file : files) {
      bytes += Files.size(file);
    }
    return Machine.memory() == 0 || bytes <= SHARE * Machine.memory();
  }

  /// Brings files into the cache by reading them, if it holds them.
  static void load(List<Path> files) throws IOException {
    if (holds(files)) {
      for (Path file : files) {
        MoreFiles.asByteSource(file).copyTo(OutputStream.nullOutputStream());
      }
    }
  }

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
