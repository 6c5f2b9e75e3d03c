// SPDX-License-Identifier: Apache-2.0
package io.merge4j.bench;

import com.google.common.io.MoreFiles;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// The system's cache of files, as far as single files are concerned: that of the rest of the
/// machine is left alone, and no special rights are needed.
final class PageCache {

  /// The share of the memory that inputs may have, so that an output has its place beside them.
  private static final double SHARE = 0.75;

  private PageCache() {}

  /// Whether the cache holds all of these files; of more, the last read throws out the first. What
  /// is linked several times counts once.
  static boolean holds(List<Path> files) throws IOException {
    Map<Object, Long> sizes = new HashMap<>();
    for (Path file : files) {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      sizes.put(Objects.requireNonNullElse(attributes.fileKey(), file), attributes.size());
    }
    long bytes = sizes.values().stream().mapToLong(Long::longValue).sum();
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
