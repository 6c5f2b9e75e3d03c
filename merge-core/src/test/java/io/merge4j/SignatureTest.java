// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class SignatureTest {

  @Test
  void two_parameters_of_one_name_are_refused() {
    Signature one = Signature.atLeast(1);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> one.parameters(Parameter.number("t"), Parameter.text("t", "a")))
        .withMessageContaining("Parameter t")
        .withMessageContaining("each name once");
  }
}
