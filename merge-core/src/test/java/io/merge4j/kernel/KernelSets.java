// SPDX-License-Identifier: Apache-2.0
package io.merge4j.kernel;

import java.util.stream.Stream;
import org.junit.jupiter.api.Named;

/// The kernels that a run of the suite can test: [KernelChoiceTest] sees to it that the run with
/// the Vector API has both.
final class KernelSets {

  private KernelSets() {}

  static Stream<Named<Kernels>> all() {
    return Stream.concat(
        Stream.of(Named.of("scalar", Kernels.scalar())),
        Kernels.vector().stream().map(kernels -> Named.of("vector", kernels)));
  }
}
