// SPDX-License-Identifier: Apache-2.0
package io.merge4j.kernel;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Which kernels a JVM uses, and why.
///
/// @param chosen null if what was asked for is impossible
/// @param description for a line in the log, or the error message
record KernelChoice(@Nullable Kernels chosen, String description) {

  /// Why vector kernels are out of question.
  ///
  /// @param remedy what to do to have them
  record Obstacle(String reason, String remedy) {}

  private static final String PROPERTY = "merge.kernels";
  private static final String MODULE = "jdk.incubator.vector";

  static final KernelChoice IN_USE = of(System.getProperty(PROPERTY, "auto"), obstacle());

  /// @throws IllegalStateException if the kernels that were asked for are impossible here
  Kernels kernels() {
    if (chosen == null) {
      throw new IllegalStateException(description);
    }
    return chosen;
  }

  static Optional<Kernels> vector() {
    return obstacle().isEmpty() ? Optional.of(VectorKernels.INSTANCE) : Optional.empty();
  }

  /// @param wanted the property's value
  /// @param obstacle why vector kernels are out of question
  static KernelChoice of(String wanted, Optional<Obstacle> obstacle) {
    return switch (wanted) {
      case "auto" -> obstacle.isPresent() ? fallback(obstacle.get()) : vectorised();
      case "vector" -> obstacle.isPresent() ? refusal(obstacle.get()) : vectorised();
      case "scalar" ->
          new KernelChoice(ScalarKernels.INSTANCE, "scalar kernels, as -Dmerge.kernels asks");
      default ->
          new KernelChoice(
              null,
              "Cannot use kernels \"%s\", expected auto, scalar or vector; correct -D%s"
                  .formatted(wanted, PROPERTY));
    };
  }

  private static KernelChoice vectorised() {
    return new KernelChoice(
        VectorKernels.INSTANCE,
        "vector kernels, %d bits, as the JVM has the Vector API"
            .formatted(VectorKernels.FULL.vectorBitSize()));
  }

  private static KernelChoice fallback(Obstacle obstacle) {
    return new KernelChoice(ScalarKernels.INSTANCE, "scalar kernels, as " + obstacle.reason());
  }

  private static KernelChoice refusal(Obstacle obstacle) {
    return new KernelChoice(
        null,
        "Cannot use vector kernels as -D%s asks: %s; %s"
            .formatted(PROPERTY, obstacle.reason(), obstacle.remedy()));
  }

  /// Touches no class of the Vector API before it is known to be there.
  private static Optional<Obstacle> obstacle() {
    boolean readable =
        ModuleLayer.boot()
            .findModule(MODULE)
            .filter(module -> KernelChoice.class.getModule().canRead(module))
            .isPresent();
    return readable
        ? obstacle(System.getProperty("java.vm.info", ""), VectorKernels.FULL.vectorBitSize())
        : Optional.of(
            new Obstacle(
                "the JVM runs without the module " + MODULE, "pass --add-modules " + MODULE));
  }

  /// Why the Vector API, though there, would be slower than plain loops.
  static Optional<Obstacle> obstacle(String vmInfo, int bits) {
    if (vmInfo.contains("interpreted") || vmInfo.contains("emulated-client")) {
      return Optional.of(
          new Obstacle(
              "the JVM's optimizing compiler is off (%s)".formatted(vmInfo), "run Java with it"));
    }
    if (bits < 128) {
      return Optional.of(
          new Obstacle(
              "vectors have %d bits".formatted(bits),
              "use a processor or JVM settings with 128 or more"));
    }
    return Optional.empty();
  }
}
