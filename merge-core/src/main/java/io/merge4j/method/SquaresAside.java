// SPDX-License-Identifier: Apache-2.0
package io.merge4j.method;

import io.merge4j.Block;
import io.merge4j.kernel.Kernels;
import java.util.ArrayList;
import java.util.List;

/// Squares of task vectors over the elements of a stretch whose measure is above a range, summed,
/// and the task vectors of those in it, set aside until it is known which of them count.
final class SquaresAside {

  private static final float[][] NONE = {};

  private static final ThreadLocal<int[]> ABOVE =
      ThreadLocal.withInitial(() -> new int[Block.SIZE]);

  /// By model.
  private final double[] sums;

  /// By block and model.
  private final List<float[][]> aside = new ArrayList<>();

  private boolean complete = true;

  SquaresAside(int models) {
    sums = new double[models];
  }

  /// Turns the models of a block into their task vectors above the range, and adds them. Not to be
  /// called once something was dropped.
  ///
  /// @param above what is above the range, of the measure in [Block#out]
  /// @param places indices of the `count` elements in the range
  void add(Block block, Cut above, int[] places, int count) {
    int[] inside = ABOVE.get();
    above.inside(block.out(), block.first(), block.size(), inside);
    float[][] within = count == 0 ? NONE : new float[sums.length][count];
    for (int i = 0; i < sums.length; i++) {
      float[] d = block.operand(i);
      TaskVectors.measure(block, i, d);
      if (count > 0) {
        setAside(d, places, within[i]);
      }
      Mask.keep(inside, 0, d, 0, block.size());
      sums[i] += Kernels.best().dot(d, d, 0, block.size());
    }
    aside.add(within);
  }

  /// Sets nothing aside any more, and forgets what was.
  void drop() {
    complete = false;
    aside.clear();
  }

  /// Whether nothing was dropped.
  boolean isComplete() {
    return complete;
  }

  private static void setAside(float[] d, int[] places, float[] within) {
    for (int k = 0; k < within.length; k++) {
      within[k] = d[places[k]];
    }
  }

  /// Adds the sums above the range.
  void addAbove(double[] into) {
    for (int i = 0; i < sums.length; i++) {
      into[i] += sums[i];
    }
  }

  /// Adds the squares of element `k` of those set aside of a block.
  void addOne(int block, int k, double[] into) {
    float[][] within = aside.get(block);
    for (int i = 0; i < within.length; i++) {
      into[i] += (double) within[i][k] * within[i][k];
    }
  }
}
