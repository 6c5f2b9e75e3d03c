// SPDX-License-Identifier: Apache-2.0
package io.merge4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class OutputTest {

  @Test
  void of_a_size_and_a_number_of_parameters_the_later_counts() {
    Output parameters = Output.DEFAULT.shardSize(7).shardParameters(5);
    assertThat(parameters.shardParameters()).hasValue(5);
    assertThat(parameters.threads(1).shardParameters()).hasValue(5);

    Output size = parameters.shardSize(7);
    assertThat(size.shardSize()).isEqualTo(7);
    assertThat(size.shardParameters()).isEmpty();
  }

  @Test
  void a_shard_holds_a_parameter() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Output.DEFAULT.shardParameters(0))
        .withMessage("Number of parameters per shard is 0, expected at least 1");
  }
}
