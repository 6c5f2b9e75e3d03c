// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.Block;
import io.merge4j.Reduction;
import java.util.List;

/// Counts magnitudes in bins of equal width over some ranges, in one pass.
///
/// @param ranges ordered by measure
record HistogramPass(Selection.Measure measure, List<Selection.Range> ranges)
    implements Reduction<Histograms> {

  @Override
  public Histograms start() {
    return new Histograms(ranges);
  }

  @Override
  public void add(Histograms partial, Block block) {
    float[] values = block.out();
    for (int i = 0; i < ranges.size(); i++) {
      int which = ranges.get(i).which;
      if (i == 0 || which != ranges.get(i - 1).which) {
        measure.apply(block, which, values);
      }
      partial.count(i, values, block.size());
    }
  }

  @Override
  public Histograms merge(Histograms left, Histograms right) {
    return left.add(right);
  }
}
