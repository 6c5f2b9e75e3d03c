// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.merge4j.Blend;
import io.merge4j.Merge;
import io.merge4j.MergeException;
import io.merge4j.MergeMethod;
import io.merge4j.Merger;
import io.merge4j.Operands;
import io.merge4j.Signature;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/// The memory off the heap that operands give lives until their weight is written.
class WeightMemoryTest {

  /// Keeps a number off the heap, and adds it.
  ///
  /// @param numbers where they were
  /// @param fails whether the blend throws
  record Adding(List<MemorySegment> numbers, boolean fails) implements MergeMethod {

    @Override
    public String name() {
      return "adding";
    }

    @Override
    public Signature signature() {
      return Signature.atLeast(1);
    }

    @Override
    public Blend prepare(Operands x) {
      MemorySegment number = x.memory().allocateFrom(JAVA_FLOAT, 1);
      numbers.add(number);
      return block -> {
        if (fails) {
          throw new IllegalStateException("no");
        }
        block.out()[0] = block.operand(0)[0] + number.get(JAVA_FLOAT, 0);
      };
    }
  }

  private static Merge merge(Adding method) {
    return Merger.using(method, Merging.layered("a", 2, 5f), Merging.layered("b", 2, 7f));
  }

  @Test
  void is_there_for_the_blend_and_given_back_with_the_weight() {
    Adding method = new Adding(new CopyOnWriteArrayList<>(), false);
    Merging.Result result = Merging.merged(merge(method), Merging.OUTPUT);
    assertThat(result.tensor("norm.weight")).containsExactly(6f);
    assertThat(method.numbers()).hasSize(10).noneMatch(number -> number.scope().isAlive());
  }

  @Test
  void is_given_back_when_the_merge_fails() {
    Adding method = new Adding(new CopyOnWriteArrayList<>(), true);
    assertThatThrownBy(() -> Merging.merged(merge(method), Merging.OUTPUT))
        .isInstanceOf(MergeException.class);
    assertThat(method.numbers()).isNotEmpty().noneMatch(number -> number.scope().isAlive());
  }
}
