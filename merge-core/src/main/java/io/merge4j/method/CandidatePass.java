// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import com.google.common.primitives.Ints;
import io.merge4j.Block;
import io.merge4j.Reduction;
import io.merge4j.kernel.Kernels;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/// Collects the elements whose magnitudes lie in some ranges, and counts those above, in one pass.
final class CandidatePass implements Reduction<Candidates> {

  /// What a thread finds in a block.
  private static final ThreadLocal<int[]> COLLECTED =
      ThreadLocal.withInitial(() -> new int[Block.SIZE]);

  private final Selection.Measure measure;
  private final int[] which;
  private final int[] low;
  private final int[] high;
  private final AtomicLong room;

  /// @param ranges ordered by measure
  /// @param room how many elements to collect at most; if there are more, the result is incomplete
  CandidatePass(Selection.Measure measure, List<Selection.Range> ranges, int room) {
    this.measure = measure;
    which = ranges.stream().mapToInt(range -> range.which).toArray();
    low = ranges.stream().mapToInt(range -> range.low).toArray();
    high = ranges.stream().mapToInt(range -> range.high).toArray();
    this.room = new AtomicLong(room);
  }

  @Override
  public Candidates start() {
    return new Candidates(List.of(new Candidates.Strip(low, high)), low.length);
  }

  @Override
  public void add(Candidates partial, Block block) {
    Candidates.Strip strip = partial.last();
    if (strip.first < 0) {
      strip.first = block.first();
    }
    float[] values = block.out();
    for (int i = 0; i < which.length; i++) {
      if (i == 0 || which[i] != which[i - 1]) {
        measure.apply(block, which[i], values);
      }
      add(strip, i, values, block.size());
    }
    strip.blocks++;
    strip.measured += block.size();
  }

  private void add(Candidates.Strip strip, int i, float[] values, int size) {
    int found;
    if (high[i] < Integer.MAX_VALUE) {
      strip.above[i] += Kernels.best().countAbove(values, 0, size, high[i]);
    }
    if (low[i] == high[i] || !strip.complete[i]) {
      found =
          Kernels.best().countAbove(values, 0, size, low[i] - 1)
              - Kernels.best().countAbove(values, 0, size, high[i]);
    } else {
      int[] collected = COLLECTED.get();
      found = Kernels.best().collect(values, 0, size, low[i], high[i], collected, 0);
      strip.append(i, collected, found);
      if (room.addAndGet(-found) < 0) {
        strip.complete[i] = false;
        strip.values[i] = new int[0];
        strip.sizes[i] = 0;
      }
    }
    strip.inside[i] += found;
    strip.ends[i] = Ints.ensureCapacity(strip.ends[i], strip.blocks + 1, strip.blocks);
    strip.ends[i][strip.blocks] = found + (strip.blocks == 0 ? 0 : strip.ends[i][strip.blocks - 1]);
  }

  @Override
  public Candidates merge(Candidates left, Candidates right) {
    return Candidates.both(left, right);
  }
}
