// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.Block;
import io.merge4j.Reduction;
import io.merge4j.kernel.Kernels;
import java.lang.foreign.Arena;
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

  private final Arena arena;

  /// @param ranges ordered by measure
  /// @param room how many elements to collect at most; if there are more, the result is incomplete
  /// @param arena for what is collected
  CandidatePass(Selection.Measure measure, List<Selection.Range> ranges, int room, Arena arena) {
    this(measure, ranges, room, 0, 0, arena);
  }

  /// @param models of how many to sum the squares, all ranges being of one measure; 0 for none
  /// @param squaresRoom how many numbers to set aside for that at most
  CandidatePass(
      Selection.Measure measure,
      List<Selection.Range> ranges,
      int room,
      int models,
      int squaresRoom,
      Arena arena) {
    this.measure = measure;
    which = ranges.stream().mapToInt(range -> range.which).toArray();
    low = ranges.stream().mapToInt(range -> range.low).toArray();
    high = ranges.stream().mapToInt(range -> range.high).toArray();
    this.room = new AtomicLong(room);
    this.models = models;
    this.squaresRoom = new AtomicLong(squaresRoom / Math.max(1, models));
    this.arena = arena;
  }

  @Override
  public Candidates start() {
    Found[] found = new Found[low.length];
    for (int i = 0; i < found.length; i++) {
      found[i] = new Found(low[i], high[i], arena);
    }
    return new Candidates(List.of(new Candidates.Strip(found, new SquaresAside(models, arena))));
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
      int count = add(strip.found[i], values, block.size());
      if (i == 0 && models > 0) {
        addSquares(strip, block, count);
      }
    }
    strip.blocks++;
    strip.measured += block.size();
  }

  /// @param count how many elements of the block were found in the first range
  private void addSquares(Candidates.Strip strip, Block block, int count) {
    if (strip.found[0].isKept() && squaresRoom.addAndGet(-count) >= 0) {
      strip.aside.add(block, new Cut(high[0], -1, 0), PLACES.get(), count);
    } else {
      strip.aside.drop();
    }
  }

  /// @return how many elements of the block are in the range
  private int add(Found found, float[] values, int size) {
    int above = countAbove(values, size, found.high);
    int inside;
    if (found.isKept()) {
      int[] places = PLACES.get();
      inside = Kernels.best().find(values, 0, size, found.low, found.high, places, 0);
      found.keep(values, places, inside);
      if (room.addAndGet(-inside) < 0) {
        found.drop();
      }
    } else {
      inside = countAbove(values, size, found.low - 1) - above;
    }
    found.count(above, inside);
    return inside;
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
