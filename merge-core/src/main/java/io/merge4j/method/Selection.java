// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.Block;
import io.merge4j.Operands;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Finds the `k` elements of largest magnitude of tensors of any size, exactly.
///
/// A sample of the tensor tells between which two magnitudes the k-th largest must lie; one pass
/// counts the elements above them and collects those between (a percent or two), among which it is
/// then found. If the sample misled, or more lie between than memory shall hold, passes that count
/// magnitudes in bins narrow the range first. The answer is exact on every way, and so does not
/// depend on it. (Sums of squares do: their order follows the range that was guessed.)
///
/// Zeros are never searched for: a cut that would reach into them holds all elements that are not
/// zero.
final class Selection {

  /// What is compared: numbers that are computed from a block of the operands.
  @FunctionalInterface
  interface Measure {
    /// Writes the measure of the block's elements to `into`.
    ///
    /// @param which number of the measure, if there are several
    void apply(Block block, int which, float[] into);
  }

  /// Half the width of a guessed range in standard deviations of a sample's quantile; neighbours in
  /// a tensor are alike, so this is more than chance alone would ask for.
  private static final double DEVIATIONS = 6;

  /// Tensors of at most so many elements are collected whole.
  private static final long SMALL = 1 << 16;

  private final Operands x;
  private final Measure measure;
  private final int room;
  private final int squaresRoom;

  /// @param room how many elements may be collected in one pass
  /// @param squaresRoom how many numbers may be set aside to be squared
  Selection(Operands x, Measure measure, int room, int squaresRoom) {
    this.x = x;
    this.measure = measure;
    this.room = room;
    this.squaresRoom = squaresRoom;
  }

  Selection(Operands x, Measure measure) {
    this(x, measure, 1 << 23, 1 << 22);
  }

  /// Cuts off the elements of largest magnitude of the task vectors `x_i - b`.
  ///
  /// @param counts how many, by model; negative to leave a model unmeasured
  static Cut[] ofTaskVectors(Operands x, long... counts) {
    long[][] each = Arrays.stream(counts).mapToObj(k -> new long[] {k}).toArray(long[][]::new);
    return Arrays.stream(new Selection(x, TaskVectors::measure).cuts(each))
        .map(cuts -> cuts[0])
        .toArray(Cut[]::new);
  }

  /// Cuts off the elements of largest magnitude.
  ///
  /// @param counts how many, as often as wanted, for each of the measures
  Cut[][] cuts(long[][] counts) {
    return cuts(counts, x.shape().elements());
  }

  /// Finds order statistics of the first measure.
  ///
  /// @param indices places among all magnitudes in ascending order, from 0
  float[] quantiles(long... indices) {
    long elements = x.shape().elements();
    long[] counts = Arrays.stream(indices).map(index -> elements - index).toArray();
    Cut[] cuts = cuts(new long[][] {counts}, Long.MAX_VALUE)[0];
    float[] values = new float[cuts.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = Float.intBitsToFloat(cuts[i].bits());
    }
    return values;
  }

  /// Cuts off `⌊share n⌋` elements of largest first measure, where n counts those that are not
  /// zero, and sums the squares of task vectors over them: in the same pass, for how many that will
  /// be can be guessed, too.
  ///
  /// @param share from 0, less than 1
  Chosen ofNonZero(double share) {
    if (share == 0) {
      return new Chosen(Cut.NOTHING, Optional.empty());
    }
    Attempt attempt = attempt(share);
    return attempt.chosen.orElseGet(
        () -> new Chosen(cuts(new long[][] {{attempt.k}})[0][0], Optional.empty()));
  }

  /// @param k how many elements to cut off
  /// @param chosen them, if they are where they were guessed to be
  private record Attempt(long k, Optional<Chosen> chosen) {}

  /// What was collected is gone when this returns, before any search goes on.
  private Attempt attempt(double share) {
    long expected = Math.max(1, Math.round(share * differing() * x.shape().elements()));
    List<Range> ranges = new ArrayList<>(guess(List.of(new Range(0, 0, expected))));
    ranges.add(Range.ZERO);
    try (Arena arena = Arena.ofShared()) {
      Candidates found =
          x.reduce(new CandidatePass(measure, ranges, room, x.count(), squaresRoom, arena));
      long k = (long) Math.floor(share * found.above(1));
      if (k > found.above(0) && k <= found.above(0) + found.inside(0) && found.isComplete(0)) {
        Cut cut = found.cut(0, k - found.above(0));
        return new Attempt(k, Optional.of(new Chosen(cut, found.squares(cut, x.count()))));
      }
      return new Attempt(k, Optional.empty());
    }
  }

  /// The share of a sample that is not zero.
  private double differing() {
    try (Arena arena = Arena.ofConfined()) {
      Candidates sample = x.sample(new CandidatePass(measure, List.of(Range.ZERO), room, arena));
      return (double) sample.above(0) / sample.measured();
    }
  }

  /// A cut, and if the pass that found it could tell, the sums of squares of task vectors over the
  /// elements inside, by model.
  @SuppressWarnings("ArrayRecordComponent")
  record Chosen(Cut cut, Optional<double[]> squares) {}

  /// @param all from how many elements on a cut need not be searched for, since it holds all
  private Cut[][] cuts(long[][] counts, long all) {
    Cut[][] cuts = new Cut[counts.length][];
    List<Range> open = new ArrayList<>();
    for (int which = 0; which < counts.length; which++) {
      cuts[which] = new Cut[counts[which].length];
      for (int i = 0; i < counts[which].length; i++) {
        long k = counts[which][i];
        if (k <= 0 || k >= all) {
          cuts[which][i] = k <= 0 ? Cut.NOTHING : Cut.ALL;
        } else {
          open.add(new Range(which, i, k));
        }
      }
    }
    find(open, cuts);
    return cuts;
  }

  private void find(List<Range> ranges, Cut[][] cuts) {
    List<Range> open = guess(ranges);
    while (!open.isEmpty()) {
      try (Arena arena = Arena.ofShared()) {
        Candidates found = x.reduce(new CandidatePass(measure, open, room, arena));
        open = cut(found, open, cuts);
      }
      open = narrow(open);
    }
  }

  /// Makes the cuts of the ranges in which they were found.
  ///
  /// @return the other ranges
  private static List<Range> cut(Candidates found, List<Range> ranges, Cut[][] cuts) {
    List<Range> left = new ArrayList<>();
    for (int i = 0; i < ranges.size(); i++) {
      Range range = ranges.get(i);
      if (range.holds(found.above(i), found.inside(i)) && found.isComplete(i)) {
        cuts[range.which][range.index] = found.cut(i, range.k - found.above(i));
      } else if (range.low == 1 && range.k > found.above(i) + found.inside(i)) {
        cuts[range.which][range.index] = new Cut(0, -1, 0);
      } else {
        left.add(range.after(found.above(i), found.inside(i)));
      }
    }
    return left;
  }

  /// Ranges that hold the wanted magnitudes in all likelihood.
  private List<Range> guess(List<Range> ranges) {
    long elements = x.shape().elements();
    if (ranges.isEmpty() || elements <= SMALL) {
      return ranges;
    }
    try (Arena arena = Arena.ofConfined()) {
      return guess(
          ranges, x.sample(new CandidatePass(measure, ranges, Integer.MAX_VALUE, arena)), elements);
    }
  }

  private static List<Range> guess(List<Range> ranges, Candidates sample, long elements) {
    List<Range> guessed = new ArrayList<>();
    for (int i = 0; i < ranges.size(); i++) {
      Range range = ranges.get(i);
      double share = (double) range.k / elements;
      double size = sample.measured();
      double margin = DEVIATIONS * Math.sqrt(share * (1 - share) * size) + 2;
      long found = sample.inside(i);
      long greatest = (long) Math.floor(share * size - margin);
      long least = (long) Math.ceil(share * size + margin);
      int high =
          greatest < 1 || found == 0
              ? Integer.MAX_VALUE
              : sample.largest(i, Math.min(greatest, found)).bits();
      int low = least > found ? 1 : sample.largest(i, least).bits();
      guessed.add(new Range(range, low, high));
    }
    return guessed;
  }

  /// Narrows ranges until what they hold can be collected, or is of one magnitude.
  private List<Range> narrow(List<Range> ranges) {
    List<Range> open = ranges;
    while (!open.isEmpty() && !fits(open)) {
      Histograms counted = x.reduce(new HistogramPass(measure, open));
      List<Range> narrower = new ArrayList<>();
      for (int i = 0; i < open.size(); i++) {
        narrower.add(counted.narrow(open.get(i), i));
      }
      open = narrower;
    }
    return open;
  }

  private boolean fits(List<Range> ranges) {
    long inside = 0;
    for (Range range : ranges) {
      inside += range.low == range.high ? 0 : range.inside;
    }
    return inside <= room;
  }

  /// Magnitudes among which the `k`-th largest of a measure is.
  static final class Range {
    /// Above it is what is not zero.
    static final Range ZERO = new Range(0, 0, 0, 0, 0, 0);

    final int which;
    final int index;
    final long k;
    final int low;
    final int high;

    /// How many elements it may hold; more than any tensor has if not known.
    final long inside;

    Range(int which, int index, long k) {
      this(which, index, k, 1, Integer.MAX_VALUE, Long.MAX_VALUE >>> 16);
    }

    Range(Range range, int low, int high) {
      this(range.which, range.index, range.k, low, high, Long.MAX_VALUE >>> 16);
    }

    private Range(int which, int index, long k, int low, int high, long inside) {
      this.which = which;
      this.index = index;
      this.k = k;
      this.low = low;
      this.high = high;
      this.inside = inside;
    }

    boolean holds(long above, long within) {
      return k > above && k <= above + within;
    }

    /// The range to look at when `above` elements are known to be above this one and `within` in
    /// it.
    Range after(long above, long within) {
      if (k <= above) {
        return new Range(which, index, k, high + 1, Integer.MAX_VALUE, above);
      }
      return holds(above, within)
          ? new Range(which, index, k, low, high, within)
          : new Range(this, 1, low - 1);
    }

    /// A part of this range, known to hold the wanted magnitude among `within` elements.
    Range part(int newLow, int newHigh, long within) {
      return new Range(which, index, k, newLow, newHigh, within);
    }
  }
}
