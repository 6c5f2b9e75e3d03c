// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/// Changes files as chance and attackers do: bytes, and whole values of JSON and YAML.
final class Damage {

  private static final Pattern VALUE =
      Pattern.compile("\"[^\"\\\\]*+(?:\\\\.[^\"\\\\]*+)*+\"|-?\\d+(?:\\.\\d+)?|true|false|null");

  private static final List<String> EDGES =
      List.of(
          "0",
          "-1",
          "1e999",
          "9223372036854775807",
          "18446744073709551616",
          "-9223372036854775808",
          "2147483648",
          "0.1",
          "NaN",
          ".inf",
          "null",
          "true",
          "\"\"",
          "\"\\u0000\"",
          "\"\\ud800\"",
          "\"../../x\"",
          "\"/etc/passwd\"",
          "[]",
          "{}",
          "[[[[[[[[]]]]]]]]",
          "{\"a\":{\"a\":{}}}",
          "*id001",
          "&id001",
          "!!javax.script.ScriptEngineManager []",
          "\"" + "x".repeat(5000) + "\"");

  private Damage() {}

  /// A copy with up to four changes.
  static byte[] of(byte[] file, Random random) {
    byte[] damaged = file;
    for (int i = random.nextInt(4); i >= 0; i--) {
      damaged = random.nextInt(3) == 0 ? inBytes(damaged, random) : inValues(damaged, random);
    }
    return damaged;
  }

  private static byte[] inBytes(byte[] file, Random random) {
    if (file.length == 0) {
      return file;
    }
    byte[] damaged = file.clone();
    int at = random.nextInt(damaged.length);
    switch (random.nextInt(5)) {
      case 0 -> damaged[at] = (byte) random.nextInt();
      case 1 -> damaged[at] ^= (byte) (1 << random.nextInt(8));
      case 2 -> damaged = Arrays.copyOf(damaged, at);
      case 3 -> damaged[at] = (byte) "{}[],:\"\n -#&*".charAt(random.nextInt(13));
      default -> {
        int from = random.nextInt(damaged.length);
        int length = Math.min(random.nextInt(40), damaged.length - Math.max(at, from));
        System.arraycopy(damaged, from, damaged, at, length);
      }
    }
    return damaged;
  }

  /// Puts an edge of its range, or another value of the file, in the place of a value, or doubles
  /// it.
  private static byte[] inValues(byte[] file, Random random) {
    String text = new String(file, ISO_8859_1);
    List<MatchResult> values = VALUE.matcher(text).results().toList();
    if (values.isEmpty()) {
      return file;
    }
    MatchResult value = values.get(random.nextInt(values.size()));
    String other =
        switch (random.nextInt(4)) {
          case 0 -> values.get(random.nextInt(values.size())).group();
          case 1 -> value.group() + ", " + value.group();
          default -> EDGES.get(random.nextInt(EDGES.size()));
        };
    return (text.substring(0, value.start()) + other + text.substring(value.end()))
        .getBytes(ISO_8859_1);
  }
}
