// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import io.merge4j.kernel.Kernels;
import java.util.List;

/// The choice of kernels, made before they are loaded.
final class KernelsOption {

  private static final List<String> KINDS = List.of("auto", "scalar", "vector");

  private KernelsOption() {}

  /// @throws UsageException if they are impossible here
  static void set(String kernels) {
    if (!KINDS.contains(kernels)) {
      throw new UsageException(
          "--kernels is \"%s\", expected %s".formatted(kernels, String.join(", ", KINDS)));
    }
    System.setProperty("merge.kernels", kernels);
    try {
      Kernels.best();
    } catch (IllegalStateException e) {
      throw new UsageException(e);
    }
  }
}
