// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.Block;
import io.merge4j.kernel.Kernels;
import java.util.Arrays;

/// Squares of task vectors over the elements of a stretch whose measure is above a range, summed,
/// and the task vectors of those in it, set aside until it is known which of them count.
final class SquaresAside {

  /// How many numbers may be set aside of a tensor.
  static final int ROOM = 1 << 22;

  private static final ThreadLocal<int[]> ABOVE =
      ThreadLocal.withInitial(() -> new int[Block.SIZE]);

  /// By model, as are the next.
  private final double[] sums;

  private final float[][] aside;
  private int size;
  private boolean complete = true;

  SquaresAside(int models) {
    sums = new double[models];
    aside = new float[models][0];
  }

  /// Turns the models of a block into their task vectors above the range, and adds them. Not to be
  /// called once something was dropped.
  ///
  /// @param above what is above the range, of the measure in [Block#out]
  /// @param places indices of the `count` elements in the range
  void add(Block block, Cut above, int[] places, int count) {
    int[] inside = ABOVE.get();
    above.inside(block.out(), block.first(), block.size(), inside);
    for (int i = 0; i < sums.length; i++) {
      float[] d = block.operand(i);
      TaskVectors.measure(block, i, d);
      setAside(i, d, places, count);
      Mask.keep(inside, 0, d, 0, block.size());
      sums[i] += Kernels.best().dot(d, d, 0, block.size());
    }
    size += count;
  }

  /// Sets nothing aside any more, and forgets what was.
  void drop() {
    complete = false;
    Arrays.fill(aside, new float[0]);
  }

  /// Whether nothing was dropped.
  boolean isComplete() {
    return complete;
  }

  private void setAside(int model, float[] d, int[] places, int count) {
    if (aside[model].length < size + count) {
      aside[model] = Arrays.copyOf(aside[model], size + size / 2 + count);
    }
    float[] into = aside[model];
    for (int k = 0; k < count; k++) {
      into[size + k] = d[places[k]];
    }
  }

  /// Adds the sums above the range.
  void addAbove(double[] into) {
    for (int i = 0; i < sums.length; i++) {
      into[i] += sums[i];
    }
  }

  /// Adds the squares of element `k` of those set aside.
  void addOne(int k, double[] into) {
    for (int i = 0; i < sums.length; i++) {
      into[i] += (double) aside[i][k] * aside[i][k];
    }
  }
}
