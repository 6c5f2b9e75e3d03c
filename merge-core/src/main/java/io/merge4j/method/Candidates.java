// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.Block;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The elements of a tensor whose magnitudes lie in some ranges, block by block, and how many lie
/// above.
final class Candidates {

  private final List<Strip> strips;

  Candidates(List<Strip> strips) {
    this.strips = strips;
  }

  static Candidates both(Candidates left, Candidates right) {
    List<Strip> strips = new ArrayList<>(left.strips);
    strips.addAll(right.strips);
    return new Candidates(strips);
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
    return strips.stream().mapToLong(strip -> strip.found[range].above).sum();
  }

  /// How many magnitudes are in range `range`.
  long inside(int range) {
    return strips.stream().mapToLong(strip -> strip.found[range].inside).sum();
  }

  /// Whether all of a range's elements were collected, or needed not be.
  boolean isComplete(int range) {
    return strips.stream().allMatch(strip -> strip.found[range].complete);
  }

  /// The `k`-th largest of the magnitudes collected for a range.
  OrderStatistic largest(int range, long k) {
    int[] room = new int[WordList.PART];
    Words values = some -> strips.forEach(strip -> strip.found[range].values.forEach(some, room));
    Found any = strips.getFirst().found[range];
    return OrderStatistic.largest(values, any.low, any.high, k);
  }

  /// Cuts off the `k` largest of a range, those of lowest index first among equals.
  ///
  /// @param k from 1 to the number of elements in the range
  Cut cut(int range, long k) {
    Found any = strips.getFirst().found[range];
    if (any.low == any.high) {
      return boundary(range, any.low, k);
    }
    OrderStatistic last = largest(range, k);
    return boundary(range, last.bits(), last.equal());
  }

  /// The sums of squares, by model, over the elements inside a cut in the first range; empty if not
  /// all in the range were set aside.
  Optional<double[]> squares(Cut cut, int models) {
    if (!strips.stream().allMatch(strip -> strip.found[0].isKept() && strip.aside.isComplete())) {
      return Optional.empty();
    }
    double[] sums = new double[models];
    int[] magnitudes = new int[Block.SIZE];
    int[] chosen = new int[Block.SIZE];
    strips.forEach(strip -> strip.addSquares(cut, magnitudes, chosen, sums));
    return Optional.of(sums);
  }

  /// The cut whose last element is the `equal`-th of magnitude `bits`.
  private Cut boundary(int range, int bits, long equal) {
    long left = equal;
    int[] room = new int[Block.SIZE];
    for (Strip strip : strips) {
      Found found = strip.found[range];
      for (int block = 0; block < strip.blocks; block++) {
        int here = found.equal(block, bits, room);
        if (left <= here) {
          return new Cut(bits, strip.start(block), (int) left);
        }
        left -= here;
      }
    }
    throw new IllegalStateException("Fewer than " + equal + " elements of a magnitude");
  }

  /// What was found in a stretch of the tensor, by range.
  static final class Strip {
    final Found[] found;

    /// Of the task vectors in and above the first range.
    final SquaresAside aside;

    int blocks;
    long first = -1;
    long measured;

    Strip(Found[] found, SquaresAside aside) {
      this.found = found;
      this.aside = aside;
    }

    /// First element of a block.
    long start(int block) {
      return first + (long) block * Block.SIZE;
    }

    /// Adds the squares of the elements inside a cut in the first range.
    ///
    /// @param magnitudes room for those of a block
    /// @param chosen room for a block
    void addSquares(Cut cut, int[] magnitudes, int[] chosen, double[] into) {
      aside.addAbove(into);
      for (int block = 0; block < blocks; block++) {
        int count = found[0].count(block);
        found[0].magnitudes(block, magnitudes);
        int equal = 0;
        for (int k = 0; k < count; k++) {
          equal += magnitudes[k] == cut.bits() ? 1 : 0;
          chosen[k] = cut.holds(magnitudes[k], start(block), equal) ? 1 : 0;
        }
        aside.addChosen(found[0].before(block), count, chosen, magnitudes, into);
      }
    }
  }
}
