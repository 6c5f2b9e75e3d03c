// SPDX-License-Identifier: Apache-2.0
package io.merge4j.plan;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import io.merge4j.Output;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// How many threads fit into what a merge may hold.
class MemoryBudgetTest {

  private static final long MB = 1_000_000;

  private static final MemoryBudget BUDGET =
      new MemoryBudget(64 * MB, MB, ImmutableList.of(100 * MB, 50 * MB, 10 * MB));

  private final Problems problems = new Problems();
  private final List<String> remarks = new ArrayList<>();

  private int threads(long memory) {
    return BUDGET.threads(Output.DEFAULT.threads(16).maxMemory(memory), problems, remarks);
  }

  @Test
  void the_largest_weights_may_be_under_way_at_once() {
    assertThat(BUDGET.bytes(1)).isEqualTo(165 * MB);
    assertThat(BUDGET.bytes(2)).isEqualTo(216 * MB);
    assertThat(BUDGET.bytes(3)).isEqualTo(227 * MB);
    assertThat(BUDGET.bytes(16)).isEqualTo(240 * MB);
  }

  @Test
  void as_many_threads_run_as_fit_with_their_weights() {
    assertThat(threads(240 * MB)).isEqualTo(16);
    assertThat(remarks).isEmpty();
    assertThat(threads(239 * MB)).isEqualTo(15);
    assertThat(threads(226 * MB)).isEqualTo(2);
    assertThat(threads(165 * MB)).isEqualTo(1);
    assertThat(remarks).last().asString().contains("1 thread instead of 16");
    assertThat(problems.isEmpty()).isTrue();
  }

  @Test
  void a_weight_that_does_not_fit_is_a_problem() {
    threads(164 * MB);

    assertThat(problems.isEmpty()).isFalse();
  }
}
