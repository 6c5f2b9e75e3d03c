// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import com.google.common.primitives.Ints;
import io.merge4j.Block;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// The elements of a tensor whose magnitudes lie in some ranges, block by block, and how many lie
/// above.
final class Candidates {

  private final List<Strip> strips;
  private final int ranges;

  Candidates(List<Strip> strips, int ranges) {
    this.strips = strips;
    this.ranges = ranges;
  }

  static Candidates both(Candidates left, Candidates right) {
    List<Strip> strips = new ArrayList<>(left.strips);
    strips.addAll(right.strips);
    return new Candidates(strips, left.ranges);
  }

  Strip last() {
    return strips.getLast();
  }

  /// How many elements were measured.
  long measured() {
    return strips.stream().mapToLong(strip -> strip.measured).sum();
  }

  /// How many magnitudes are above range `range`.
  long above(int range) {
    return strips.stream().mapToLong(strip -> strip.above[range]).sum();
  }

  /// How many magnitudes are in range `range`.
  long inside(int range) {
    return strips.stream().mapToLong(strip -> strip.inside[range]).sum();
  }

  /// Whether all of a range's elements were collected, or needed not be.
  boolean isComplete(int range) {
    return strips.stream().allMatch(strip -> strip.complete[range]);
  }

  /// The `k`-th largest of the magnitudes collected for a range.
  OrderStatistic largest(int range, long k) {
    List<OrderStatistic.Magnitudes> values =
        strips.stream()
            .map(strip -> new OrderStatistic.Magnitudes(strip.values[range], strip.sizes[range]))
            .toList();
    Strip any = strips.getFirst();
    return OrderStatistic.largest(values, any.low[range], any.high[range], k);
  }

  /// Cuts off the `k` largest of a range, those of lowest index first among equals.
  ///
  /// @param k from 1 to the number of elements in the range
  Cut cut(int range, long k) {
    Strip any = strips.getFirst();
    if (any.low[range] == any.high[range]) {
      return boundary(range, any.low[range], k);
    }
    OrderStatistic last = largest(range, k);
    return boundary(range, last.bits(), last.equal());
  }

  /// The sums of squares, by model, over the elements inside a cut in the first range; empty if not
  /// all in the range were set aside.
  Optional<double[]> squares(Cut cut, int models) {
    if (!strips.stream().allMatch(strip -> strip.holds(0) && strip.aside.isComplete())) {
      return Optional.empty();
    }
    double[] sums = new double[models];
    strips.forEach(strip -> strip.addSquares(cut, sums));
    return Optional.of(sums);
  }

  /// The cut whose last element is the `equal`-th of magnitude `bits`.
  private Cut boundary(int range, int bits, long equal) {
    long left = equal;
    for (Strip strip : strips) {
      int start = 0;
      for (int block = 0; block < strip.blocks; block++) {
        int end = strip.ends[range][block];
        int here = strip.equal(range, start, end, bits);
        if (left <= here) {
          return new Cut(bits, strip.first + (long) block * Block.SIZE, (int) left);
        }
        left -= here;
        start = end;
      }
    }
    throw new IllegalStateException("Fewer than " + equal + " elements of a magnitude");
  }

  /// What was found in a stretch of the tensor.
  static final class Strip {
    final int[] low;
    final int[] high;
    final long[] above;
    final long[] inside;
    final boolean[] complete;

    /// Magnitudes in each range, `sizes` of them; none are kept of a range of one magnitude.
    final int[][] values;

    final int[] sizes;

    /// For each range and block, how many magnitudes were found up to the block's end.
    final int[][] ends;

    int blocks;
    long first = -1;
    long measured;

    /// Of the task vectors in and above the first range.
    final SquaresAside aside;

    Strip(int[] low, int[] high, int models) {
      this.low = low;
      this.high = high;
      above = new long[low.length];
      inside = new long[low.length];
      complete = new boolean[low.length];
      Arrays.fill(complete, true);
      values = new int[low.length][0];
      sizes = new int[low.length];
      ends = new int[low.length][8];
      aside = new SquaresAside(models);
    }

    /// Whether the magnitudes of a range are kept.
    boolean holds(int range) {
      return complete[range] && low[range] < high[range];
    }

    /// Adds the magnitudes that were found of a range in a block.
    void append(int range, float[] measures, int[] places, int count) {
      int size = sizes[range];
      values[range] = Ints.ensureCapacity(values[range], size + count, size / 2 + count);
      for (int k = 0; k < count; k++) {
        values[range][size + k] = Cut.magnitude(measures[places[k]]);
      }
      sizes[range] += count;
    }

    /// Keeps no magnitudes of a range from now on.
    void drop(int range) {
      complete[range] = false;
      values[range] = new int[0];
      sizes[range] = 0;
    }

    /// Adds the squares of the elements inside a cut in the first range.
    void addSquares(Cut cut, double[] into) {
      aside.addAbove(into);
      int at = 0;
      for (int block = 0; block < blocks; block++) {
        long start = first + (long) block * Block.SIZE;
        int equal = 0;
        for (; at < ends[0][block]; at++) {
          int magnitude = values[0][at];
          equal += magnitude == cut.bits() ? 1 : 0;
          if (cut.holds(magnitude, start, equal)) {
            aside.addOne(at, into);
          }
        }
      }
    }

    /// How many of the elements found from `start` to `end` have magnitude `bits`.
    int equal(int range, int start, int end, int bits) {
      if (low[range] == high[range]) {
        return end - start;
      }
      int count = 0;
      for (int j = start; j < end; j++) {
        count += values[range][j] == bits ? 1 : 0;
      }
      return count;
    }
  }
}
