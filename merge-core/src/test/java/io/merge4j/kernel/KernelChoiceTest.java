// SPDX-License-Identifier: Apache-2.0
package io.merge4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.merge4j.kernel.KernelChoice.Obstacle;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class KernelChoiceTest {

  @Test
  void this_run_has_the_kernels_that_the_build_says() {
    String expected = System.getProperty("merge4j.test.kernels");

    assertThat(expected).as("system property merge4j.test.kernels").isIn("vector", "scalar");
    assertThat(Kernels.description()).startsWith(expected + " kernels");
    assertThat(Kernels.vector().isPresent()).isEqualTo(expected.equals("vector"));
    assertThat(Kernels.best())
        .isSameAs(expected.equals("vector") ? Kernels.vector().orElseThrow() : Kernels.scalar());
  }

  private static final Optional<Obstacle> ABSENT =
      Optional.of(
          new Obstacle(
              "the JVM runs without the module jdk.incubator.vector",
              "pass --add-modules jdk.incubator.vector"));

  @Test
  void a_fallback_says_why() {
    KernelChoice choice = KernelChoice.of("auto", ABSENT);

    assertThat(choice.kernels()).isSameAs(Kernels.scalar());
    assertThat(choice.description())
        .isEqualTo("scalar kernels, as the JVM runs without the module jdk.incubator.vector");
  }

  @Test
  void scalar_kernels_can_be_asked_for() {
    assertThat(KernelChoice.of("scalar", Optional.empty()).kernels()).isSameAs(Kernels.scalar());
  }

  @Test
  void vector_kernels_that_are_impossible_are_refused() {
    KernelChoice choice = KernelChoice.of("vector", ABSENT);

    assertThatThrownBy(choice::kernels)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "Cannot use vector kernels as -Dmerge.kernels asks: the JVM runs without the module"
                + " jdk.incubator.vector; pass --add-modules jdk.incubator.vector");
  }

  @Test
  void an_unknown_choice_is_refused() {
    assertThatThrownBy(() -> KernelChoice.of("simd", Optional.empty()).kernels())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("\"simd\"")
        .hasMessageContaining("auto, scalar or vector");
  }

  @Test
  void vector_kernels_need_the_optimizing_compiler_and_vectors() {
    assertThat(KernelChoice.obstacle("mixed mode, sharing", 256)).isEmpty();
    assertThat(KernelChoice.obstacle("interpreted mode", 256)).isPresent();
    assertThat(KernelChoice.obstacle("mixed mode, emulated-client, sharing", 256)).isPresent();
    assertThat(KernelChoice.obstacle("mixed mode", 64)).isPresent();
  }
}
