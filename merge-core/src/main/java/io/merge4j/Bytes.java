// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Sizes in bytes as people write them, in decimal units: `5GB` is 5,000,000,000 bytes.
public final class Bytes {

  private static final String UNITS = "kMGTP";

  private static final Pattern SIZE =
      Pattern.compile("\\s*(\\d{1,15}(?:\\.\\d{1,9})?)\\s*([kKmMgGtT]?)(i?)[bB]?\\s*");

  private Bytes() {}

  /// Reads a size: a number and perhaps a unit, decimal (`5GB`, `500M`) or binary (`4GiB`).
  ///
  /// @throws IllegalArgumentException if it is none
  public static long parse(String text) {
    Matcher size = SIZE.matcher(text);
    if (!size.matches()) {
      throw new IllegalArgumentException(
          "Size \"%s\", expected a number of bytes such as 5GB, 500MB or 4GiB".formatted(text));
    }
    String unit = size.group(2).toLowerCase(Locale.ROOT);
    int power = unit.isEmpty() ? 0 : "kmgt".indexOf(unit) + 1;
    double factor = Math.pow(size.group(3).isEmpty() ? 1000 : 1024, power);
    return Math.round(Double.parseDouble(size.group(1)) * factor);
  }

  /// A size for people: `2.20 GB`, `836 kB`, `512 B`.
  public static String print(long bytes) {
    if (bytes < 1000) {
      return bytes + " B";
    }
    double value = bytes;
    int unit = -1;
    while (value >= 999.5 && unit < UNITS.length() - 1) {
      value /= 1000;
      unit++;
    }
    String digits = value < 9.995 ? "%.2f" : value < 99.95 ? "%.1f" : "%.0f";
    return String.format(Locale.ROOT, digits + " %cB", value, UNITS.charAt(unit));
  }
}
