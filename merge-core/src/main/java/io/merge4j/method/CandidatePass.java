// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import com.google.common.primitives.Ints;
import io.merge4j.Block;
import io.merge4j.Reduction;
import io.merge4j.kernel.Kernels;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/// Collects the elements whose magnitudes lie in some ranges, and counts those above, in one pass.
/// On request it sums the squares of the task vectors above the first range, too, and sets those
/// within aside.
final class CandidatePass implements Reduction<Candidates> {

  /// Where a thread finds something in a block.
  private static final ThreadLocal<int[]> PLACES =
      ThreadLocal.withInitial(() -> new int[Block.SIZE]);

  private final Selection.Measure measure;
  private final int[] which;
  private final int[] low;
  private final int[] high;
  private final AtomicLong room;

  /// Of how many models squares are summed, and how many more elements may be set aside for it.
  private final int models;

  private final AtomicLong squaresRoom;

  /// @param ranges ordered by measure
  /// @param room how many elements to collect at most; if there are more, the result is incomplete
  CandidatePass(Selection.Measure measure, List<Selection.Range> ranges, int room) {
    this(measure, ranges, room, 0);
  }

  /// @param models of how many to sum the squares, all ranges being of one measure; 0 for none
  CandidatePass(Selection.Measure measure, List<Selection.Range> ranges, int room, int models) {
    this.measure = measure;
    which = ranges.stream().mapToInt(range -> range.which).toArray();
    low = ranges.stream().mapToInt(range -> range.low).toArray();
    high = ranges.stream().mapToInt(range -> range.high).toArray();
    this.room = new AtomicLong(room);
    this.models = models;
    this.squaresRoom = new AtomicLong(SquaresAside.ROOM / Math.max(1, models));
  }

  @Override
  public Candidates start() {
    return new Candidates(List.of(new Candidates.Strip(low, high, models)), low.length);
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
      int found = add(strip, i, values, block.size());
      if (i == 0 && models > 0) {
        addSquares(strip, block, found);
      }
    }
    strip.blocks++;
    strip.measured += block.size();
  }

  /// @param found how many elements of the block were found in the first range
  private void addSquares(Candidates.Strip strip, Block block, int found) {
    if (strip.holds(0) && squaresRoom.addAndGet(-found) >= 0) {
      strip.aside.add(block, new Cut(high[0], -1, 0), PLACES.get(), found);
    } else {
      strip.aside.drop();
    }
  }

  private int add(Candidates.Strip strip, int i, float[] values, int size) {
    int above = countAbove(values, size, high[i]);
    int found;
    if (strip.holds(i)) {
      int[] places = PLACES.get();
      found = Kernels.best().find(values, 0, size, low[i], high[i], places, 0);
      strip.append(i, values, places, found);
      if (room.addAndGet(-found) < 0) {
        strip.drop(i);
      }
    } else {
      found = countAbove(values, size, low[i] - 1) - above;
    }
    strip.above[i] += above;
    strip.inside[i] += found;
    strip.ends[i] = Ints.ensureCapacity(strip.ends[i], strip.blocks + 1, strip.blocks);
    strip.ends[i][strip.blocks] = found + (strip.blocks == 0 ? 0 : strip.ends[i][strip.blocks - 1]);
    return found;
  }

  private static int countAbove(float[] values, int size, int bits) {
    return switch (bits) {
      case -1 -> size;
      case Integer.MAX_VALUE -> 0;
      default -> Kernels.best().countAbove(values, 0, size, bits);
    };
  }

  @Override
  public Candidates merge(Candidates left, Candidates right) {
    return Candidates.both(left, right);
  }
}
