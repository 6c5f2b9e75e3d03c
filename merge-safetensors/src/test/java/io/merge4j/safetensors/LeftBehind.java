// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// What a merge may not leave behind in its JVM, as far as the system tells.
final class LeftBehind {

  private static final Path SELF = Path.of("/proc/self");

  private LeftBehind() {}

  /// That no thread of a merge lives, and no file in `directory` is mapped or open (on Linux).
  static void assertNothing(Path directory) throws IOException {
    assertThat(threads()).as("threads").isEmpty();
    if (Files.isDirectory(SELF)) {
      String place = directory.toRealPath().toString();
      try (Stream<String> lines = Files.lines(SELF.resolve("maps"))) {
        assertThat(lines.filter(line -> line.contains(place)).toList()).as("mappings").isEmpty();
      }
      assertThat(open().stream().filter(file -> file.startsWith(place)).toList())
          .as("descriptors")
          .isEmpty();
    }
  }

  private static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("merge4j"))
        .toList();
  }

  /// What the open descriptors lead to; this program's own listing may be gone again.
  private static List<String> open() throws IOException {
    List<String> open = new ArrayList<>();
    try (Stream<Path> descriptors = Files.list(SELF.resolve("fd"))) {
      for (Path descriptor : descriptors.toList()) {
        if (Files.isSymbolicLink(descriptor)) {
          open.add(Files.readSymbolicLink(descriptor).toString());
        }
      }
    }
    return open;
  }
}
