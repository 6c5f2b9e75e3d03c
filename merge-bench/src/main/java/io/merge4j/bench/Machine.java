// SPDX-License-Identifier: Apache-2.0
package io.merge4j.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;

/// Where figures come from, as they shall be quoted.
final class Machine {

  private Machine() {}

  /// Processor, cores, memory, system, JDK and date in one line.
  static String description() {
    return "%s, %d cores%s, %s %s, JDK %s, %s"
        .formatted(
            field("/proc/cpuinfo", "model name"),
            Runtime.getRuntime().availableProcessors(),
            memory() > 0 ? ", %.0f GB".formatted(memory() * 1e-9) : "",
            System.getProperty("os.name"),
            System.getProperty("os.arch"),
            Runtime.version(),
            LocalDate.now(ZoneOffset.UTC));
  }

  /// Bytes of memory; 0 if not known.
  static long memory() {
    String size = field("/proc/meminfo", "MemTotal").replaceAll("\\D", "");
    return size.isEmpty() ? 0 : Long.parseLong(size) * 1024;
  }

  /// Of Linux; other systems tell in other ways.
  private static String field(String file, String name) {
    Path path = Path.of(file);
    try {
      return Files.exists(path)
          ? Files.readAllLines(path).stream()
              .filter(line -> line.startsWith(name))
              .findFirst()
              .map(line -> line.substring(line.indexOf(':') + 1).strip())
              .orElse("")
          : "";
    } catch (IOException e) {
      return "";
    }
  }
}
