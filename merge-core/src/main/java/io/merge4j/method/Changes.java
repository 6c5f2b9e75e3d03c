// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.Blend;
import io.merge4j.Block;
import io.merge4j.Reduction;

/// Adds the elements that models changed: alone, times a factor; shared, as their mean.
///
/// @param epsilon changes up to this do not count
/// @param alone factor, by model, of elements that no other model changed
@SuppressWarnings("ArrayRecordComponent")
record Changes(double epsilon, double[] alone) implements Blend {

  @Override
  public void apply(Block block) {
    float[] b = block.base();
    float[] out = block.out();
    for (int j = 0; j < block.size(); j++) {
      double sum = 0;
      int changed = 0;
      int last = 0;
      for (int i = 0; i < block.count(); i++) {
        float d = block.operand(i)[j] - b[j];
        if (isChange(d, epsilon)) {
          sum += d;
          changed++;
          last = i;
        }
      }
      double mean = changed == 1 ? alone[last] * sum : sum / Math.max(1, changed);
      out[j] = (float) (b[j] + mean);
    }
  }

  /// Also of a NaN, which shall not go unseen.
  private static boolean isChange(float d, double epsilon) {
    return !(Math.abs(d) <= epsilon);
  }

  /// Counts, by model, the elements that it changed alone, and then those that others changed too.
  record Counts(double epsilon, int models) implements Reduction<long[]> {

    @Override
    public long[] start() {
      return new long[2 * models];
    }

    @Override
    public void add(long[] counts, Block block) {
      float[] b = block.base();
      for (int j = 0; j < block.size(); j++) {
        int changed = 0;
        for (int i = 0; i < models; i++) {
          changed += isChange(block.operand(i)[j] - b[j], epsilon) ? 1 : 0;
        }
        int kind = changed > 1 ? models : 0;
        for (int i = 0; i < models; i++) {
          counts[kind + i] += isChange(block.operand(i)[j] - b[j], epsilon) ? 1 : 0;
        }
      }
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
