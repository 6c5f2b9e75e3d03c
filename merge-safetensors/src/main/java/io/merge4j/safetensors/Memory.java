// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How much memory Linux gives to this process and its part of the page cache.
///
/// The JDK can tell, too, but takes 20 ms and 2 MB for it, and a module for management.
final class Memory {

  private static final Pattern TOTAL = Pattern.compile("(?m)^MemTotal: *(\\d+) kB$");

  /// The control group of this process, in the hierarchy of version 2.
  private static final Pattern GROUP = Pattern.compile("(?m)^0::/(.*)$");

  private static final Pattern LIMIT = Pattern.compile("^(\\d+)$");

  private Memory() {}

  /// Bytes of the machine, or of the container if it has fewer; as many as there can be if not
  /// known.
  ///
  /// @param root where `proc` and `sys` are
  static long bytes(Path root) {
    long bytes = number(TOTAL, root.resolve("proc/meminfo"), 1024);
    Path groups = root.resolve("sys/fs/cgroup");
    Path group = groups.resolve(first(GROUP, root.resolve("proc/self/cgroup"))).normalize();
    for (Path at = group; at != null && at.startsWith(groups); at = at.getParent()) {
      bytes = Math.min(bytes, number(LIMIT, at.resolve("memory.max"), 1));
    }
    return bytes;
  }

  private static long number(Pattern pattern, Path file, long unit) {
    String digits = first(pattern, file);
    return digits.isEmpty() ? Long.MAX_VALUE : Long.parseLong(digits) * unit;
  }

  /// What the pattern's group stands for in a file; empty if nothing.
  private static String first(Pattern pattern, Path file) {
    try {
      Matcher matcher = pattern.matcher(Files.readString(file));
      return matcher.find() ? matcher.group(1) : "";
    } catch (IOException e) {
      return "";
    }
  }
}
