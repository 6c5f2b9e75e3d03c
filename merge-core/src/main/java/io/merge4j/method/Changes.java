// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.Blend;
import io.merge4j.Block;
import io.merge4j.Reduction;

/// Adds the elements that models changed: alone, times a factor; shared, as their mean.
///
/// @param epsilon changes up to this do not count; a NaN does, which shall not go unseen
/// @param alone factor, by model, of elements that no other model changed
@SuppressWarnings("ArrayRecordComponent")
record Changes(double epsilon, double[] alone) implements Blend {

  @Override
  public void apply(Block block) {
    SharedChanges.add(block, epsilon, alone);
  }

  /// Counts, by model, the elements that it changed alone, and then those that others changed too.
  record Counts(double epsilon, int models) implements Reduction<long[]> {

    @Override
    public long[] start() {
      return new long[2 * models];
    }

    @Override
    public void add(long[] counts, Block block) {
      SharedChanges.count(block, epsilon, counts);
    }

    @Override
    public long[] merge(long[] left, long[] right) {
      for (int i = 0; i < left.length; i++) {
        left[i] += right[i];
      }
      return left;
    }
  }
}
