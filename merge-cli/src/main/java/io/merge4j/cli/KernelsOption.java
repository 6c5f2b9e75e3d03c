// SPDX-License-Identifier: Apache-2.0
package io.merge4j.cli;

import io.merge4j.kernel.Kernels;

/// The choice of kernels, made before they are loaded.
final class KernelsOption {

  private KernelsOption() {}

  /// @throws UsageException if they are impossible here
  static void set(String kernels) {
    System.setProperty("merge.kernels", kernels);
    try {
      Kernels.best();
    } catch (IllegalStateException e) {
      throw new UsageException(e);
    }
  }
}
