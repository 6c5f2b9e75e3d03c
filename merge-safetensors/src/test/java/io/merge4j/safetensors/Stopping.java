// SPDX-License-Identifier: Apache-2.0
package io.merge4j.safetensors;

import io.merge4j.Blend;
import io.merge4j.MergeMethod;
import io.merge4j.Operands;
import io.merge4j.Signature;
import java.util.concurrent.atomic.AtomicInteger;

/// A mean of models that does something before a step of the merge that a test names: a step is a
/// tensor that begins, or a block of one.
record Stopping() implements MergeMethod {

  private static final AtomicInteger STEPS = new AtomicInteger();
  private static volatile int last = -1;
  private static volatile Runnable end = () -> {};
  private static volatile int pauseMillis;

  /// Does `what` before step `step`, counted from 1, of all that come; never, if it is 0.
  static void at(int step, Runnable what) {
    STEPS.set(0);
    last = step;
    end = what;
  }

  /// Nothing special from now on; every tensor takes so long at least.
  static void never(int millis) {
    at(0, () -> {});
    pauseMillis = millis;
  }

  /// Steps since the last call of [#at].
  static int steps() {
    return STEPS.get();
  }

  private static void step() {
    if (STEPS.incrementAndGet() == last) {
      end.run();
    }
  }

  @Override
  public String name() {
    return "stopping";
  }

  @Override
  public Signature signature() {
    return Signature.atLeast(1);
  }

  @Override
  public Blend prepare(Operands operands) {
    step();
    try {
      Thread.sleep(pauseMillis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    int count = operands.count();
    return block -> {
      step();
      for (int i = 0; i < block.size(); i++) {
        double sum = 0;
        for (int model = 0; model < count; model++) {
          sum += block.operands()[model][i];
        }
        block.out()[i] = (float) (sum / count);
      }
    };
  }
}
